/**
 * The end of a workflow, as the server tells it when it comes:
 *
 *     running ──→ completed, failed, timed out ──→ running    with a next run: a retry, or the next time of its cron
 *             ├──→ continued as new ──→ running
 *             └──→ COMPLETED, FAILED, TIMED_OUT, CANCELED, TERMINATED
 */
import { type FollowedService, formatDuration, type RunEnds, type RunSighting, TaskFailure } from "@capstan/sdk";
import { ANSWER_MS_MAX, type Temporal } from "./connection.ts";
import { reasonOf, type WorkflowFailure } from "./failure.ts";
import { answerOf, type Payload, valueOutputs } from "./payloads.ts";

/** Only the event that a run ends with is asked for. */
const CLOSE_EVENT = 2;
const RUNNING: RunSighting = { state: "RUNNING" };
/** The longest time of a timer of Node.js. */
const TIMER_MS_MAX = 2_147_483_647;

export const FAILING_ENDS: RunEnds = {
  COMPLETED: "SUCCESS",
  FAILED: "FAILED",
  TIMED_OUT: "FAILED",
  CANCELED: "FAILED",
  TERMINATED: "FAILED",
};
/** For those who only want to know how it ended. */
export const TOLD_ENDS: RunEnds = Object.fromEntries(Object.keys(FAILING_ENDS).map((state) => [state, "SUCCESS"]));

/** One workflow; without a run, its latest. */
export interface WorkflowRun {
  readonly workflowId: string;
  readonly runId?: string | undefined;
}

export interface WaitOptions {
  readonly ends: RunEnds;
  /** From the first look on, in milliseconds; undefined has no end. */
  readonly waitTimeout: number | undefined;
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

/** How the end of a workflow is waited for. What a look found is where the next one begins, so it is for one workflow only. */
export function workflowEnd(
  temporal: Temporal,
  { ends, waitTimeout, now, warn }: WaitOptions,
): FollowedService<WorkflowRun> {
  let over: number | undefined;
  let cursor: { runId?: string | undefined; page?: Uint8Array | undefined } | undefined;
  return {
    name: "Temporal",
    ends,
    describe: ({ workflowId }) => `workflow ${workflowId}`,
    outputs: ({ workflowId, runId }) => ({ workflowId, ...(runId !== undefined && { runId }) }),
    async look({ workflowId, runId }, signal) {
      cursor ??= { runId };
      over ??= waitTimeout === undefined ? Infinity : now() + waitTimeout;
      const left = over - now();
      if (left <= 0) throw stillRunning(workflowId, waitTimeout!);
      const page = await within(signal, left, (limited) => nextPage(temporal, workflowId, cursor!, limited));
      if (page === undefined) return RUNNING;
      if (page.event === undefined) {
        cursor = { ...cursor, page: page.next };
        return RUNNING;
      }
      const next = nextRunOf(page.event);
      if (next === undefined) return endOf(page.event, warn);
      cursor = { runId: next };
      return RUNNING;
    },
  };
}

/** Asks a workflow to end, as it sees fit. */
export async function requestCancel(
  temporal: Temporal,
  { workflowId, runId = "" }: WorkflowRun,
  requestId: string,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, identity } = temporal;
  await temporal.ask(
    signal,
    "The request to cancel",
    (service) =>
      service.requestCancelWorkflowExecution({
        namespace,
        identity,
        requestId,
        workflowExecution: { workflowId },
        // Whichever run of the chain goes on.
        firstExecutionRunId: runId,
        reason: "the task that waits for it was ended",
      }),
    ANSWER_MS_MAX,
  );
}

/** The event that a run ends with, as far as it is read. */
interface CloseEvent {
  readonly workflowExecutionCompletedEventAttributes?: {
    readonly result?: { readonly payloads?: readonly Payload[] | null } | null;
    readonly newExecutionRunId?: string | null;
  } | null;
  readonly workflowExecutionFailedEventAttributes?: {
    readonly failure?: WorkflowFailure | null;
    readonly newExecutionRunId?: string | null;
  } | null;
  readonly workflowExecutionTimedOutEventAttributes?: { readonly newExecutionRunId?: string | null } | null;
  readonly workflowExecutionContinuedAsNewEventAttributes?: { readonly newExecutionRunId?: string | null } | null;
  readonly workflowExecutionCanceledEventAttributes?: object | null;
  readonly workflowExecutionTerminatedEventAttributes?: {
    readonly reason?: string | null;
    readonly identity?: string | null;
  } | null;
}

/** The server answers when the run ends, or with an empty page after twenty seconds. */
async function nextPage(
  temporal: Temporal,
  workflowId: string,
  { runId, page }: { runId?: string | undefined; page?: Uint8Array | undefined },
  signal: AbortSignal,
): Promise<{ readonly event?: CloseEvent | undefined; readonly next?: Uint8Array | undefined }> {
  const answer = await temporal.ask(signal, `The wait for the workflow ${workflowId}`, (service) =>
    service.getWorkflowExecutionHistory({
      namespace: temporal.namespace,
      execution: { workflowId, runId: runId ?? "" },
      waitNewEvent: true,
      historyEventFilterType: CLOSE_EVENT,
      skipArchival: true,
      ...(page !== undefined && { nextPageToken: page }),
    }),
  );
  const next = answer.nextPageToken.length === 0 ? undefined : answer.nextPageToken;
  return { event: answer.history?.events?.[0] ?? undefined, next };
}

function nextRunOf(event: CloseEvent): string | undefined {
  const attributes =
    event.workflowExecutionCompletedEventAttributes ??
    event.workflowExecutionFailedEventAttributes ??
    event.workflowExecutionTimedOutEventAttributes ??
    event.workflowExecutionContinuedAsNewEventAttributes;
  const next = attributes?.newExecutionRunId ?? "";
  return next === "" ? undefined : next;
}

function endOf(event: CloseEvent, warn: (message: string) => void): RunSighting {
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed != null) {
    const answer = answerOf(completed.result?.payloads);
    if ("value" in answer) return { state: "COMPLETED", outputs: { status: "COMPLETED", ...valueOutputs(answer) } };
    warn(`The result has the encoding ${answer.encoding}, which only a codec of its owner reads. It is no output.`);
    return sighting("COMPLETED");
  }
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed != null) return sighting("FAILED", reasonOf(failed.failure));
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated != null) {
    const { reason, identity } = terminated;
    return sighting("TERMINATED", [reason, identity && `by ${identity}`].filter(Boolean).join(", "));
  }
  if (event.workflowExecutionCanceledEventAttributes != null) return sighting("CANCELED");
  if (event.workflowExecutionTimedOutEventAttributes != null)
    return sighting("TIMED_OUT", "its execution timeout, or that of its run, was over");
  throw new TaskFailure("Temporal told of an end of the workflow that isn't known. A newer Capstan may know it.");
}

function sighting(state: string, reason?: string): RunSighting {
  return { state, outputs: { status: state }, ...(reason !== undefined && { reason }) };
}

/** Undefined when the time is over before. */
async function within<Answer>(
  signal: AbortSignal,
  milliseconds: number,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer | undefined> {
  signal.throwIfAborted();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), Math.min(milliseconds, TIMER_MS_MAX));
  const stop = () => limit.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await ask(limit.signal);
  } catch (error) {
    if (limit.signal.aborted && !signal.aborted) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

function stillRunning(workflowId: string, waitTimeout: number): TaskFailure {
  return new TaskFailure(
    `Temporal: workflow ${workflowId} is still running after ${formatDuration(waitTimeout)} (\`waitTimeout\`), and goes on. ` +
      "Raise `waitTimeout`, or look there why it takes so long.",
  );
}
