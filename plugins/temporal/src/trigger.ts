import {
  anyMap,
  defineTask,
  dynamic,
  duration,
  followRun,
  type RemoteService,
  startRun,
  type TaskContext,
  TaskFailure,
  text,
} from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, connectTemporal, type Temporal } from "./connection.ts";
import { argumentsProperty, valueSchemas } from "./payloads.ts";
import { cancelOnKillProperty, waitTimeoutProperty } from "./wait-properties.ts";
import { FAILING_ENDS, requestCancel, workflowEnd } from "./workflow-end.ts";
import { CONFLICT_POLICIES, REUSE_POLICIES, type StartedRun, type StartOrder, startOrFind } from "./workflow-start.ts";

const policy = <Name extends string>(policies: Readonly<Record<Name, number>>) =>
  dynamic(z.enum(Object.keys(policies) as [Name, ...Name[]]));

const properties = () =>
  z.object({
    ...connectionProperties(),
    workflowType: text().describe("Type of the workflow, as its worker registers it."),
    taskQueue: text().describe("Task queue that its workers ask."),
    workflowId: text()
      .optional()
      .describe("Id of the workflow, such as that of an order. Default: one of the attempt's own."),
    input: argumentsProperty("workflow"),
    executionTimeout: duration()
      .optional()
      .describe("How long the workflow may take, with all its runs. Temporal ends it then. Default: no end."),
    workflowIdConflictPolicy: policy(CONFLICT_POLICIES)
      .default("FAIL")
      .describe(
        "What happens when a workflow of this `workflowId` is running: FAIL the task, USE_EXISTING in place of a new one, or " +
          "TERMINATE_EXISTING. Default: FAIL.",
      ),
    workflowIdReusePolicy: policy(REUSE_POLICIES)
      .default("ALLOW_DUPLICATE")
      .describe(
        "Whether a `workflowId` may be had again when its workflow has ended: ALLOW_DUPLICATE, ALLOW_DUPLICATE_FAILED_ONLY when it " +
          "didn't complete, or REJECT_DUPLICATE, which fails the task. Default: ALLOW_DUPLICATE.",
      ),
    memo: anyMap().optional().describe("Values that Temporal shows with the workflow. They can't be searched for."),
    searchAttributes: anyMap()
      .optional()
      .describe("Values to find the workflow by. The namespace must have attributes of these names and types."),
    wait: dynamic(z.boolean()).default(false).describe("Whether to wait for the end of the workflow. Default: false."),
    waitTimeout: waitTimeoutProperty(),
    cancelOnKill: cancelOnKillProperty(true),
  });

/** Starts a workflow, and waits for its end if it is told to. */
export const trigger = defineTask({
  type: "io.kestra.plugin.temporal.workflow.Trigger",
  title: "Start a Temporal workflow",
  description:
    "Starts a workflow, and with `wait` waits for its end: one that fails, is cancelled or terminated, or times out fails the task. A task " +
    "that is given out again, because its worker was lost, finds the workflow that it has started before; a retry starts another one.",
  properties,
  outputs: () =>
    z.object({
      workflowId: z.string().describe("Id of the workflow."),
      runId: z.string().describe("Id of its first run."),
      status: z.string().optional().describe("With `wait`, how it ended: COMPLETED."),
      ...valueSchemas("With `wait`, the result"),
    }),
  examples: [
    {
      title: "Hand an order over, and use what comes of it",
      code:
        "id: order\ntype: io.kestra.plugin.temporal.workflow.Trigger\nendpoint: temporal.example.com:7233\nnamespace: shop\n" +
        'workflowType: ProcessOrder\ntaskQueue: orders\nworkflowId: "order-{{ inputs.order }}"\ninput:\n  - "{{ inputs.order }}"\n' +
        "  - express: true\nwait: true\n",
    },
    {
      title: "Start a workflow of Temporal Cloud, once whatever is tried again",
      code:
        "id: start\ntype: io.kestra.plugin.temporal.workflow.Trigger\nendpoint: eu-central-1.aws.api.temporal.io:7233\n" +
        "namespace: shop.a1b2c\napiKey: \"{{ secret('TEMPORAL_API_KEY') }}\"\nworkflowType: CloseTheDay\ntaskQueue: accounting\n" +
        "workflowId: \"day-{{ execution.startDate | date('yyyy-MM-dd') }}\"\nworkflowIdReusePolicy: REJECT_DUPLICATE\n",
    },
  ],
  async run(context) {
    await using temporal = await connectTemporal(context);
    const service = startedWorkflows(temporal, context);
    const run = await startRun(context, service);
    if (!context.properties.wait) return service.outputs(run);
    return await followRun(context, service, run, { pollFrequency: 0 });
  },
});

function startedWorkflows(
  temporal: Temporal,
  { properties: given, identity, log, now }: TaskContext<z.output<ReturnType<typeof properties>>>,
): RemoteService<StartedRun> {
  const { workflowId = "", searchAttributes, waitTimeout, cancelOnKill } = given;
  const order: StartOrder = {
    ...given,
    workflowId: workflowId === "" ? undefined : workflowId,
    reuse: given.workflowIdReusePolicy,
    conflict: given.workflowIdConflictPolicy,
    searchAttributes: searchAttributes && listed(searchAttributes),
  };
  return {
    ...workflowEnd(temporal, { ends: FAILING_ENDS, waitTimeout, now, warn: (message) => log.warn(message) }),
    start: (signal) => startOrFind(temporal, identity, order, signal),
    findsAgain: true,
    ...(cancelOnKill && {
      async cancel(run: StartedRun, signal: AbortSignal) {
        if (!run.isOwn) throw new TaskFailure("It was running before, and is not this task's to end.");
        await requestCancel(temporal, run, identity.attemptKey, signal);
      },
    }),
  };
}

/** Temporal has lists of values only. */
function listed(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, [value].flat()]));
}
