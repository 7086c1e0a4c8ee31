import { dynamic, secret, text } from "@capstan/sdk";
import { z } from "zod";
import { executionTask } from "../execution/execution-task.ts";
import { detailsOf, linesOf, type Mood } from "../execution/report.ts";

const ALERT_TYPES: Readonly<Record<Mood, string>> = {
  good: "resolved",
  warning: "warning",
  bad: "error",
  neutral: "info",
};

/** Creates an alert about an execution. */
export const zendutyExecution = executionTask({
  type: "io.kestra.plugin.zenduty.ZendutyExecution",
  aliases: ["io.kestra.plugin.notifications.zenduty.ZendutyExecution"],
  name: "Zenduty",
  title: "Create an alert about an execution at Zenduty",
  properties: () => ({
    url: secret().describe("Address of the events of an integration: https://events.zenduty.com/api/events/…"),
    message: text().optional().describe("The line that is shown first. Default: the flow and its state."),
    summary: text().optional().describe("What is told below it. Default: the facts of the execution."),
    alertType: dynamic(z.enum(["CRITICAL", "ACKNOWLEDGED", "RESOLVED", "ERROR", "WARNING", "INFO"]))
      .optional()
      .describe("How bad it is. Default: by the state of the execution; SUCCESS resolves the alert."),
    entityId: text().optional().describe("Alerts of one entity are one incident. Default: the execution's id."),
    urls: dynamic(z.array(text())).optional().describe("Further links."),
  }),
  example: `url: "{{ secret('ZENDUTY_URL') }}"\n`,
  tell: (report, { url, message, summary, alertType, entityId, urls = [] }) => {
    const { executionId, url: link } = report.execution;
    return {
      url,
      body: {
        message: message ?? report.title,
        summary: summary ?? linesOf(report).join("\n"),
        alert_type: alertType?.toLowerCase() ?? ALERT_TYPES[report.mood],
        entity_id: entityId ?? executionId,
        payload: detailsOf(report),
        urls: [...(link === undefined ? [] : [{ link_url: link, link_text: "Execution" }]), ...urls.map(asLink)],
      },
    };
  },
});

function asLink(url: string) {
  return { link_url: url, link_text: url };
}
