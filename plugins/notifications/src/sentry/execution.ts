import { anyMap, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { executionTask } from "../execution/execution-task.ts";
import { detailsOf } from "../execution/report.ts";
import { newEvent } from "./alert.ts";
import { endpointProperties, eventRequest } from "./event-endpoint.ts";

const PLATFORMS =
  "AS3 C CFML COCOA CSHARP ELIXIR HASKELL GO GROOVY JAVA JAVASCRIPT NATIVE NODE OBJC OTHER PERL PHP PYTHON RUBY".split(
    " ",
  );

/** Sends an event about an execution. */
export const sentryExecution = executionTask({
  type: "io.kestra.plugin.sentry.SentryExecution",
  aliases: ["io.kestra.plugin.notifications.sentry.SentryExecution"],
  name: "Sentry",
  title: "Send an event about an execution to Sentry",
  properties: () => ({
    ...endpointProperties(),
    eventId: text().optional().describe("Id of the event: 32 hexadecimal digits. Default: a random one."),
    platform: dynamic(z.enum(PLATFORMS)).default("OTHER").describe("Which platform the event is said to come from."),
    level: dynamic(z.enum(["FATAL", "ERROR", "WARNING", "INFO", "DEBUG"]))
      .default("ERROR")
      .describe("How bad it is."),
    transaction: text().optional().describe("Name of the transaction."),
    serverName: text().optional().describe("Name of the server."),
    extra: anyMap().optional().describe("Further data."),
    errors: anyMap().optional().describe("Errors while the event was made, as Sentry takes them."),
  }),
  example: `dsn: "{{ secret('SENTRY_DSN') }}"\n`,
  tell: (report, { dsn, endpointType, eventId, platform, level, transaction, serverName, extra, errors }) => {
    const { executionId, namespace, flowId, startDate, endDate } = report.execution;
    return eventRequest(
      { dsn, endpointType },
      {
        ...newEvent(endDate ?? startDate),
        ...(eventId !== undefined && { event_id: eventId }),
        platform: platform.toLowerCase(),
        level: level.toLowerCase(),
        logger: `${namespace}.${flowId}`,
        transaction,
        server_name: serverName,
        message: { formatted: report.title },
        // All failures of a flow are one issue.
        fingerprint: [namespace, flowId],
        tags: { namespace, flow: flowId, execution: executionId },
        extra: { ...detailsOf(report), ...extra },
        errors: errors === undefined ? undefined : [errors],
      },
    );
  },
});
