import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { ANSWER_MS_MAX, type Temporal, type WorkflowService } from "./connection.ts";
import { isAlreadyThere, isNotThere } from "./failure.ts";
import { payloadMapOf, payloadsOf } from "./payloads.ts";
import type { WorkflowRun } from "./workflow-end.ts";

type StartRequest = Parameters<WorkflowService["startWorkflowExecution"]>[0];
type ProtoDuration = NonNullable<StartRequest["workflowExecutionTimeout"]>;

/** What may become of an id that a closed workflow has, as Temporal numbers it. */
export const REUSE_POLICIES = { ALLOW_DUPLICATE: 1, ALLOW_DUPLICATE_FAILED_ONLY: 2, REJECT_DUPLICATE: 3 } as const;
/** And of one that a running workflow has. */
export const CONFLICT_POLICIES = { FAIL: 1, USE_EXISTING: 2, TERMINATE_EXISTING: 3 } as const;

export interface StartOrder {
  readonly workflowType: string;
  readonly taskQueue: string;
  readonly input: readonly unknown[];
  /** Undefined: the key of the attempt is in it. */
  readonly workflowId: string | undefined;
  readonly reuse: keyof typeof REUSE_POLICIES;
  readonly conflict: keyof typeof CONFLICT_POLICIES;
  /** In milliseconds. */
  readonly executionTimeout?: number | undefined;
  readonly memo?: Readonly<Record<string, unknown>> | undefined;
  readonly searchAttributes?: Readonly<Record<string, unknown>> | undefined;
}

/** A workflow, and whether this attempt has started it. */
export interface StartedRun extends WorkflowRun {
  readonly runId: string;
  readonly isOwn: boolean;
}

/**
 * Starts a workflow, or finds the one that this attempt has started before: the server knows it by the request id, as long as it hasn't
 * continued as new, and by who started it, as long as its history is kept.
 */
export async function startOrFind(
  temporal: Temporal,
  { attemptKey }: TaskContext<unknown>["identity"],
  order: StartOrder,
  signal: AbortSignal,
): Promise<StartedRun> {
  const { workflowId: givenId } = order;
  const workflowId = givenId ?? `capstan-${attemptKey}`;
  const before = givenId === undefined ? undefined : await startOf(temporal, workflowId, signal);
  if (before?.identity === temporal.identity) return { workflowId, runId: before.runId, isOwn: true };
  try {
    const request = requestOf(temporal, order, workflowId, attemptKey);
    const { runId, started } = await temporal.ask(
      signal,
      `The start of ${order.workflowType}`,
      (service) => service.startWorkflowExecution(request),
      ANSWER_MS_MAX,
    );
    return { workflowId, runId, isOwn: started };
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
    const there = givenId === undefined ? await startOf(temporal, workflowId, signal) : undefined;
    if (there !== undefined) return { workflowId, runId: there.runId, isOwn: true };
    throw new TaskFailure(
      `There is a workflow ${workflowId} already, and the policies of the start allow no other one. ` +
        "Choose another `workflowId`, or say what is to happen by `workflowIdConflictPolicy` and `workflowIdReusePolicy`.",
      { cause: error },
    );
  }
}

function requestOf(
  { namespace, identity }: Temporal,
  { workflowType, taskQueue, input, workflowId: givenId, reuse, conflict, ...order }: StartOrder,
  workflowId: string,
  requestId: string,
): StartRequest {
  const { executionTimeout, memo, searchAttributes } = order;
  return {
    namespace,
    identity,
    requestId,
    workflowId,
    ...workflowOf(workflowType, taskQueue, input),
    // An id of the attempt's own stands for one start, whatever became of it.
    workflowIdReusePolicy: givenId === undefined ? REUSE_POLICIES.REJECT_DUPLICATE : REUSE_POLICIES[reuse],
    workflowIdConflictPolicy: givenId === undefined ? CONFLICT_POLICIES.FAIL : CONFLICT_POLICIES[conflict],
    ...(executionTimeout !== undefined && { workflowExecutionTimeout: durationOf(executionTimeout) }),
    ...(memo !== undefined && { memo: { fields: payloadMapOf(memo) } }),
    ...(searchAttributes !== undefined && { searchAttributes: { indexedFields: payloadMapOf(searchAttributes) } }),
  };
}

/** What is to run, and with what. */
export function workflowOf(workflowType: string, taskQueue: string, input: readonly unknown[]) {
  return { workflowType: { name: workflowType }, taskQueue: { name: taskQueue }, input: payloadsOf(input) };
}

export function durationOf(milliseconds: number): ProtoDuration {
  // The type wants a `Long`; the client takes numbers as well, and they are exact here.
  const seconds = Math.floor(milliseconds / 1_000) as unknown as NonNullable<ProtoDuration["seconds"]>;
  return { seconds, nanos: (milliseconds % 1_000) * 1_000_000 };
}

/** The first run of the workflow that has an id at present, and who started it; undefined when there is none. */
async function startOf(
  temporal: Temporal,
  workflowId: string,
  signal: AbortSignal,
): Promise<{ readonly runId: string; readonly identity: string } | undefined> {
  const what = `The look for the workflow ${workflowId}`;
  const { namespace } = temporal;
  try {
    const execution = { workflowId };
    const { workflowExecutionInfo: info } = await temporal.ask(
      signal,
      what,
      (service) => service.describeWorkflowExecution({ namespace, execution }),
      ANSWER_MS_MAX,
    );
    const runId = info?.firstRunId || (info?.execution?.runId ?? "");
    const { history } = await temporal.ask(
      signal,
      what,
      (service) =>
        service.getWorkflowExecutionHistory({ namespace, execution: { workflowId, runId }, maximumPageSize: 1 }),
      ANSWER_MS_MAX,
    );
    const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    return { runId, identity: started?.identity ?? "" };
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}
