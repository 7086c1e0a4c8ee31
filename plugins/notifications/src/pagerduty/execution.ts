import { secret, text } from "@capstan/sdk";
import { cutTo } from "../execution/cut.ts";
import { executionTask } from "../execution/execution-task.ts";
import { detailsOf, type Mood } from "../execution/report.ts";

const SEVERITIES: Readonly<Record<Mood, string>> = {
  good: "info",
  warning: "warning",
  bad: "error",
  neutral: "info",
};
/** Of the summary of an event. */
const SUMMARY_CHARACTERS_MAX = 1_024;

/** Sends an event about an execution; by default those of one execution are one incident. */
export const pagerDutyExecution = executionTask({
  type: "io.kestra.plugin.pagerduty.PagerDutyExecution",
  aliases: ["io.kestra.plugin.notifications.pagerduty.PagerDutyExecution"],
  name: "PagerDuty",
  title: "Send an event about an execution to PagerDuty",
  properties: () => ({
    url: secret().default("https://events.pagerduty.com/v2/enqueue").describe("Address of the Events API, version 2."),
    routingKey: secret().optional().describe("Integration key of the service."),
    deduplicationKey: text().optional().describe("Events of one key are one incident. Default: the execution's id."),
    eventAction: text().default("trigger").describe("`trigger`, `acknowledge` or `resolve`."),
    payloadSummary: text().optional().describe("The line that is shown first. Default: the flow and its state."),
  }),
  example: `routingKey: "{{ secret('PAGERDUTY_KEY') }}"\n`,
  tell: (report, { url, routingKey, deduplicationKey, eventAction, payloadSummary }) => {
    const { executionId, namespace, flowId, startDate, endDate, url: href } = report.execution;
    return {
      url,
      body: {
        routing_key: routingKey,
        dedup_key: deduplicationKey ?? executionId,
        event_action: eventAction,
        payload: {
          summary: cutTo(SUMMARY_CHARACTERS_MAX, payloadSummary ?? report.title),
          timestamp: new Date(endDate ?? startDate).toISOString(),
          severity: SEVERITIES[report.mood],
          source: namespace,
          component: flowId,
          custom_details: detailsOf(report),
        },
        links: href === undefined ? undefined : [{ href, text: "Execution" }],
      },
    };
  },
});
