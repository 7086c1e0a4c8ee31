import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { ANSWER_MS_MAX, connectionProperties, connectTemporal } from "./connection.ts";
import { argumentsProperty, payloadsOf } from "./payloads.ts";

/** Sends a signal to a workflow that runs. */
export const signal = defineTask({
  type: "io.kestra.plugin.temporal.workflow.Signal",
  title: "Signal a Temporal workflow",
  description:
    "Sends a signal, which the server keeps for the workflow. A task that is given out again, because its worker was lost, doesn't send it " +
    "twice to the same run; a retry does.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      workflowId: text().describe("Id of the workflow."),
      runId: text().optional().describe("Id of one run of it. Default: the one that runs."),
      signalName: text().describe("Name of the signal."),
      args: argumentsProperty("signal"),
    }),
  examples: [
    {
      title: "Tell a workflow that somebody has approved",
      code:
        "id: approve\ntype: io.kestra.plugin.temporal.workflow.Signal\nendpoint: temporal.example.com:7233\n" +
        'workflowId: "order-{{ inputs.order }}"\nsignalName: approve\nargs:\n  - by: "{{ inputs.who }}"\n',
    },
  ],
  async run(context) {
    const { workflowId, runId = "", signalName, args } = context.properties;
    await using temporal = await connectTemporal(context);
    const { namespace, identity } = temporal;
    const request = {
      namespace,
      identity,
      requestId: context.identity.attemptKey,
      workflowExecution: { workflowId, runId },
      signalName,
      input: payloadsOf(args),
    };
    const what = `The signal ${signalName} to the workflow ${workflowId}`;
    await temporal.ask(context.signal, what, (service) => service.signalWorkflowExecution(request), ANSWER_MS_MAX);
    context.log.info(`The workflow ${workflowId} got the signal ${signalName}.`);
  },
});
