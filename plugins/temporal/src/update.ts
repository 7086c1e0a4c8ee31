import { defineTask, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, connectTemporal, type Temporal } from "./connection.ts";
import { reasonOf } from "./failure.ts";
import { answerOf, argumentsProperty, payloadsOf, valueOutputs, valueSchemas } from "./payloads.ts";

/** The server answers when the update is done, or after twenty seconds. */
const COMPLETED_STAGE = 3;

const properties = () =>
  z.object({
    ...connectionProperties(),
    workflowId: text().describe("Id of the workflow."),
    runId: text().optional().describe("Id of one run of it. Default: the one that runs."),
    updateName: text().describe("Name of the update."),
    args: argumentsProperty("update"),
  });

/** Changes a workflow, and waits for its answer. */
export const update = defineTask({
  type: "io.kestra.plugin.temporal.workflow.Update",
  title: "Update a Temporal workflow",
  description:
    "Sends an update, and waits as long as the task may take (`timeout`) until a worker has done it or refused it, which fails the task. A " +
    "task that is given out again, because its worker was lost, waits for the update that it has sent before; a retry sends another one.",
  properties,
  outputs: () => z.object(valueSchemas("The answer")),
  examples: [
    {
      title: "Change the address of an order that is under way",
      code:
        "id: move\ntype: io.kestra.plugin.temporal.workflow.Update\nendpoint: temporal.example.com:7233\n" +
        'workflowId: "order-{{ inputs.order }}"\nupdateName: changeAddress\nargs:\n  - street: "{{ inputs.street }}"\ntimeout: PT1M\n',
    },
  ],
  async run(context) {
    const { workflowId, updateName } = context.properties;
    await using temporal = await connectTemporal(context);
    const { success, failure } = await outcomeOf(temporal, context);
    if (failure != null)
      throw new TaskFailure(`The workflow ${workflowId} refused the update ${updateName}: ${reasonOf(failure)}`);
    const answer = answerOf(success?.payloads);
    if ("value" in answer) return valueOutputs(answer);
    throw new TaskFailure(
      `The update ${updateName} is done, and its answer has the encoding ${answer.encoding}, which only a codec of its owner reads. ` +
        "Let the workflow answer JSON without a codec.",
    );
  },
});

/** The same id each time makes it one update, however often it is sent. */
async function outcomeOf(
  temporal: Temporal,
  { properties: given, identity, signal }: TaskContext<z.output<ReturnType<typeof properties>>>,
) {
  const { workflowId, runId = "", updateName, args } = given;
  const request = {
    namespace: temporal.namespace,
    workflowExecution: { workflowId, runId },
    waitPolicy: { lifecycleStage: COMPLETED_STAGE },
    request: {
      meta: { updateId: identity.attemptKey, identity: temporal.identity },
      input: { name: updateName, args: payloadsOf(args) },
    },
  };
  const what = `The update ${updateName} of the workflow ${workflowId}`;
  for (;;) {
    const { outcome } = await temporal.ask(signal, what, (service) => service.updateWorkflowExecution(request));
    if (outcome != null) return outcome;
  }
}
