import { defineTask, dynamic, duration, followRun, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, connectTemporal } from "./connection.ts";
import { valueSchemas } from "./payloads.ts";
import { cancelOnKillProperty, waitTimeoutProperty } from "./wait-properties.ts";
import { FAILING_ENDS, requestCancel, TOLD_ENDS, workflowEnd } from "./workflow-end.ts";

/** Waits for the end of a workflow, whoever has started it. */
export const wait = defineTask({
  type: "io.kestra.plugin.temporal.workflow.Wait",
  title: "Wait for a Temporal workflow",
  description:
    "Waits for the end of a workflow, with all runs that follow each other: retries, and runs that continue as new. Temporal tells of the " +
    "end when it comes. A server that is away is asked again for a minute and a half.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      workflowId: text().describe("Id of the workflow."),
      runId: text().optional().describe("Id of the run to begin with. Default: the latest one."),
      waitTimeout: waitTimeoutProperty(),
      failOnNonCompleted: dynamic(z.boolean())
        .default(true)
        .describe("Whether the task fails unless the workflow completes. Default: true."),
      cancelOnKill: cancelOnKillProperty(false),
      pollInterval: duration().optional().meta({
        deprecated: true,
        description: "Accepted without effect: nothing is polled, as Temporal tells of the end.",
      }),
    }),
  outputs: () =>
    z.object({
      workflowId: z.string().describe("Id of the workflow."),
      runId: z.string().optional().describe("The given `runId`."),
      status: z.string().describe("How it ended: COMPLETED, FAILED, TIMED_OUT, CANCELED or TERMINATED."),
      ...valueSchemas("The result"),
    }),
  examples: [
    {
      title: "Wait for a workflow that was started before",
      code:
        "id: wait\ntype: io.kestra.plugin.temporal.workflow.Wait\nendpoint: temporal.example.com:7233\n" +
        'workflowId: "{{ outputs.start.workflowId }}"\nrunId: "{{ outputs.start.runId }}"\nwaitTimeout: PT1H\n',
    },
    {
      title: "Look how a workflow ended, whatever it was",
      code:
        "id: wait\ntype: io.kestra.plugin.temporal.workflow.Wait\nendpoint: temporal.example.com:7233\nworkflowId: order-42\n" +
        "failOnNonCompleted: false\n",
    },
  ],
  async run(context) {
    const { properties, identity, log, now } = context;
    const { workflowId, runId = "", failOnNonCompleted, waitTimeout, cancelOnKill } = properties;
    await using temporal = await connectTemporal(context);
    const ends = failOnNonCompleted ? FAILING_ENDS : TOLD_ENDS;
    const end = workflowEnd(temporal, { ends, waitTimeout, now, warn: (message) => log.warn(message) });
    const run = { workflowId, runId: runId === "" ? undefined : runId };
    const cancel = (_run: unknown, signal: AbortSignal) => requestCancel(temporal, run, identity.attemptKey, signal);
    return await followRun(context, { ...end, ...(cancelOnKill && { cancel }) }, run, { pollFrequency: 0 });
  },
});
