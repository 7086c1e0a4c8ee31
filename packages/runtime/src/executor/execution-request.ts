import { mergeLabels, revealed, type ChildRequest, type ExecutionRow, type Label } from "@capstan/engine";
import type { LiveExecution, ParentLink, Plan } from "@capstan/engine";
import { RequestError } from "../errors.ts";
import type { CreateExecution } from "../services.ts";
import type { CompiledFlow } from "./plan-cache.ts";

/** An execution to create, whoever asks. */
export interface ExecutionRequest extends CreateExecution {
  readonly id: string;
  readonly parent?: ParentLink;
  readonly callerAttempt?: number;
  readonly generation?: number;
  readonly originalId?: string;
  readonly replayOf?: string;
  readonly attemptNumber?: number;
  /** The starts that the execution which it replays took together. */
  readonly batch?: ExecutionRow["batch"];
  /** Of the parent: a label that the flow itself has wins over them. */
  readonly inheritedLabels?: readonly Label[];
  /** The trigger could not be evaluated: the execution is stored as failed, with this reason. */
  readonly failure?: string;
  /** Its flow, where whoever asks has just read it. */
  readonly compiled?: CompiledFlow;
}

/** Executions that may wait above one another, each for its subflow: flows that call each other without end reach it. */
export const SUBFLOW_DEPTH_MAX = 100;

/** What a task of another execution asks for. Throws `RequestError` (422) beyond `SUBFLOW_DEPTH_MAX`. */
export function requestOfTask(parent: LiveExecution, request: ChildRequest): ExecutionRequest {
  const { run, labels, inheritLabels, revision, scheduleDate, wait } = request;
  const correlation = parent.labels.filter(({ key }) => key === "system.correlationId");
  const inherited = inheritLabels ? parent.labels.filter(({ key }) => !key.startsWith("system.")) : [];
  return {
    tenant: parent.tenant,
    namespace: request.namespace,
    flowId: request.flowId,
    id: request.executionId,
    callerAttempt: request.attempt,
    generation: (parent.fixed.generation ?? 0) + 1,
    inputs: request.inputs,
    inheritedLabels: inherited,
    labels: mergeLabels(labels, correlation),
    from: "subflow",
    trigger: { id: run.node.id, type: request.triggerType, variables: request.variables },
    ...(wait ? { parent: linkTo(parent, request) } : {}),
    ...(revision === undefined ? {} : { revision }),
    ...(scheduleDate === undefined ? {} : { scheduleDate }),
  };
}

function linkTo(parent: LiveExecution, { run, iteration, namespace, flowId }: ChildRequest): ParentLink {
  const above = parent.fixed.parent;
  const depth = above === undefined ? 1 : (above.depth ?? 1) + 1;
  if (depth > SUBFLOW_DEPTH_MAX) {
    const message = `${SUBFLOW_DEPTH_MAX} executions wait for each other above ${namespace}.${flowId}: do these flows call each other without end? Let a condition end the calls, or set \`wait: false\``;
    throw new RequestError("subflows-too-deep", message);
  }
  return {
    executionId: parent.id,
    taskRun: run.index,
    ...(iteration === undefined ? {} : { iteration }),
    ...(depth === 1 ? {} : { depth }),
  };
}

/** The same again, from its beginning. */
export function requestOfReplay(
  row: ExecutionRow,
  { revision, reveal }: Plan,
  id: string,
  inputs?: Readonly<Record<string, unknown>>,
): ExecutionRequest {
  return {
    tenant: row.tenant,
    namespace: row.namespace,
    flowId: row.flowId,
    revision,
    id,
    inputs: inputs ?? revealed(row.inputs, reveal, new Set()),
    labels: [
      ...row.labels.filter(({ key }) => !key.startsWith("system.replay")),
      { key: "system.replay", value: "true" },
    ],
    originalId: row.originalId,
    replayOf: row.id,
    attemptNumber: row.attemptNumber + 1,
    ...(row.batch === undefined ? {} : { batch: row.batch }),
    ...(row.generation === undefined ? {} : { generation: row.generation }),
    ...(row.trigger === undefined ? {} : { trigger: row.trigger }),
  };
}
