import { secret, text, textMap } from "@capstan/sdk";
import { executionTask } from "../execution/execution-task.ts";
import { linesOf } from "../execution/report.ts";

/** Raises an incident about an execution. */
export const squadcastExecution = executionTask({
  type: "io.kestra.plugin.squadcast.SquadcastExecution",
  aliases: ["io.kestra.plugin.notifications.squadcast.SquadcastExecution"],
  name: "Squadcast",
  title: "Raise an incident about an execution at Squadcast",
  properties: () => ({
    url: secret().describe("Address of the incident webhook."),
    message: text().describe("The line that is shown first."),
    priority: text().optional().describe("P1 to P5."),
    status: text().default("trigger").describe("`trigger`, or `resolve` for what the event id names."),
    eventId: text().optional().describe("What an incident is resolved by. Default: the execution's id."),
    tags: textMap().optional().describe("Tags of the incident: names and values."),
  }),
  example: `url: "{{ secret('SQUADCAST_WEBHOOK') }}"\nmessage: "{{ trigger.flowId }} failed"\n`,
  tell: (report, { url, message, priority, status, eventId, tags }) => ({
    url,
    body: {
      message,
      description: [report.title, ...linesOf(report)].join("\n"),
      priority,
      status,
      event_id: eventId ?? report.execution.executionId,
      tags,
    },
  }),
});
