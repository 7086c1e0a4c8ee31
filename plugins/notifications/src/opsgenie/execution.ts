import { dynamic, secret, text, textMap } from "@capstan/sdk";
import { z } from "zod";
import { cutTo } from "../execution/cut.ts";
import { executionTask } from "../execution/execution-task.ts";
import { detailsOf, linesOf } from "../execution/report.ts";
import { authorizationOf } from "./authorization.ts";

/** Of the message of an alert. */
const MESSAGE_CHARACTERS_MAX = 130;

/** Creates an alert about an execution. */
export const opsgenieExecution = executionTask({
  type: "io.kestra.plugin.opsgenie.OpsgenieExecution",
  aliases: ["io.kestra.plugin.notifications.opsgenie.OpsgenieExecution"],
  name: "Opsgenie",
  title: "Create an alert about an execution at Opsgenie",
  properties: () => ({
    url: secret().describe("Address of the Alert API, such as https://api.opsgenie.com/v2/alerts."),
    authorizationToken: secret().optional().describe("Key of the Opsgenie API."),
    message: text().optional().describe("The line that is shown first. Default: the flow and its state."),
    alias: text().optional().describe("Alerts of one alias are one. Default: the execution's id."),
    responders: textMap().optional().describe("Who is told: id to `team`, `user`, `escalation` or `schedule`."),
    visibleTo: textMap().optional().describe("Who else sees it: id to `team` or `user`."),
    tags: dynamic(z.array(text())).optional().describe("Tags of the alert."),
    priority: text().optional().describe("P1 to P5. Default: P3."),
  }),
  example: `url: https://api.opsgenie.com/v2/alerts\nauthorizationToken: "{{ secret('OPSGENIE_KEY') }}"\n`,
  tell: (report, { url, authorizationToken, message, alias, responders, visibleTo, tags, priority }) => ({
    url,
    headers: authorizationOf(authorizationToken),
    body: {
      message: cutTo(MESSAGE_CHARACTERS_MAX, message ?? report.title),
      alias: alias ?? report.execution.executionId,
      description: linesOf(report).join("\n"),
      responders: withTypes(responders),
      visibleTo: withTypes(visibleTo),
      tags,
      details: detailsOf(report),
      entity: `${report.execution.namespace}.${report.execution.flowId}`,
      source: "Capstan",
      priority,
    },
  }),
});

function withTypes(people: Readonly<Record<string, string>> | undefined) {
  return people === undefined ? undefined : Object.entries(people).map(([id, type]) => ({ id, type }));
}
