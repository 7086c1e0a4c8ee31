/**
 * A run of another service, from its start to its end:
 *
 *     start ──→ going on ──→ SUCCESS, WARNING or FAILED   what the service says, looked at every `pollFrequency`
 *                 ├──→ given up       `maxDuration` is over: the task fails, the run goes on
 *                 ├──→ left alone     the worker stops, and the task that is given out again finds the run
 *                 └──→ cancelled      kill or time-out of the task, or a stop of the worker after which nobody would find the run; also
 *                                     while it is being started
 */
import { setTimeout as delay } from "node:timers/promises";
import { formatDuration } from "@capstan/model";
import type { TaskContext } from "../context.ts";
import { type Outputs, result, type ResultOf, TaskFailure } from "../definition.ts";
import { isWorkerStop } from "../task-runner.ts";
import { POLL_MS_MIN, type Waiting } from "./waiting.ts";

/** After a kill: how long an answer to the start, and then one to the request to cancel, is waited for, in milliseconds. */
export const CANCEL_MS_MAX = 5_000;

/** What the states of a service mean that a run ends in. In all others it goes on. */
export type RunEnds = Readonly<Record<string, "SUCCESS" | "WARNING" | "FAILED">>;

/** A run as it is seen at one time. */
export interface RunSighting {
  /** As the service calls it. */
  readonly state: string;
  /** What the service says about it, such as why it failed. */
  readonly reason?: string | undefined;
  readonly outputs?: Outputs;
}

/** How runs are followed that something else has started. A `Run` is all that is needed to find a run again. */
export interface FollowedService<Run, Seen extends RunSighting = RunSighting> {
  /** Such as `dbt Cloud`. */
  readonly name: string;
  readonly ends: RunEnds;
  /** For people, such as `job 42`. */
  readonly describe: (run: Run) => string;
  /** What is known of a run without looking at it. */
  readonly outputs: (run: Run) => Outputs;
  readonly look: (run: Run, signal: AbortSignal) => Promise<Seen>;
  /** Absent where the service has no way to, and where the run is not the task's to end. */
  readonly cancel?: (run: Run, signal: AbortSignal) => Promise<void>;
}

/** How runs of one service are started and followed. */
export interface RemoteService<Run, Seen extends RunSighting = RunSighting> extends FollowedService<Run, Seen> {
  /** Starts a run, or finds the one that this attempt has started before. */
  readonly start: (signal: AbortSignal) => Promise<Run>;
  /**
   * Whether `start` finds the run that this attempt has started before: by an id, a tag or an idempotency key that is made of
   * `identity.attemptKey`. Such a run is left alone when only the worker stops; a cancelled one would be all that is found.
   */
  readonly findsAgain: boolean;
}

type Context = Pick<TaskContext<unknown>, "signal" | "log" | "now">;
/** Without `findsAgain` it is known which run is meant, and it is found again by that. */
type Service<Run, Seen extends RunSighting> = FollowedService<Run, Seen> &
  Partial<Pick<RemoteService<Run, Seen>, "findsAgain">>;

/**
 * Starts a run and, unless `wait` is false, waits for its end. Throws as `startRun` and `awaitRun` do; resolves to the outputs, and to a
 * result of state WARNING for a run that ends so.
 */
export async function runRemotely<Run>(
  context: Context,
  service: RemoteService<Run>,
  waiting: Waiting & { readonly wait: boolean },
): Promise<Outputs | ResultOf> {
  const run = await startRun(context, service);
  return waiting.wait ? followRun(context, service, run, waiting) : service.outputs(run);
}

/**
 * Starts a run. A start is not broken off at once by a kill, as a run that nobody knows the id of can't be cancelled: it then has
 * `CANCEL_MS_MAX` to be answered. Throws what ended the task, after the run was cancelled, and what the service's `start` throws.
 */
export async function startRun<Run, Seen extends RunSighting>(
  context: Context,
  service: RemoteService<Run, Seen>,
): Promise<Run> {
  const { signal, log } = context;
  signal.throwIfAborted();
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => patience.abort(signal.reason), CANCEL_MS_MAX);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const run = await service.start(patience.signal);
    if (signal.aborted) await abandon(context, service, run);
    signal.throwIfAborted();
    log.info(`${named(service, run)} is started.`);
    return run;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Waits for the end of a run, as outputs. Throws as `awaitRun` does; resolves to a result of state WARNING for a run that ends so. */
export async function followRun<Run>(
  context: Context,
  service: FollowedService<Run>,
  run: Run,
  waiting: Waiting,
): Promise<Outputs | ResultOf> {
  const sighting = await awaitRun(context, service, run, waiting);
  const outputs = { ...service.outputs(run), ...sighting.outputs };
  if (service.ends[sighting.state] === "SUCCESS") return outputs;
  return result({ state: "WARNING", outputs, message: endedMessage(service, run, sighting) });
}

/**
 * Waits for the end of a run, and answers how it was seen last. Throws `TaskFailure`, with the outputs known so far, when the run fails,
 * and when it goes on for longer than `maxDuration`; when the task is to end, what ended it. The run is then cancelled, if the service
 * can, unless only the worker stops and the run is found again.
 */
export async function awaitRun<Run, Seen extends RunSighting>(
  context: Context,
  service: Service<Run, Seen>,
  run: Run,
  waiting: Waiting,
): Promise<Seen> {
  const { signal } = context;
  try {
    const sighting = await lastSighting(context, service, run, waiting);
    if (service.ends[sighting.state] !== "FAILED") return sighting;
    const outputs = { ...service.outputs(run), ...sighting.outputs };
    throw new TaskFailure(endedMessage(service, run, sighting), { outputs });
  } catch (error) {
    if (!signal.aborted) throw withOutputs(error, service.outputs(run));
    await abandon(context, service, run);
    throw signal.reason;
  }
}

/** Whoever handles the error may want to look at the run, or to wait for it. */
function withOutputs(error: unknown, outputs: Outputs): unknown {
  if (!(error instanceof TaskFailure) || error.outputs !== undefined) return error;
  return new TaskFailure(error.message, { cause: error, outputs });
}

async function lastSighting<Run, Seen extends RunSighting>(
  { signal, log, now }: Context,
  service: FollowedService<Run, Seen>,
  run: Run,
  { pollFrequency, maxDuration }: Waiting,
): Promise<Seen> {
  const giveUpAt = maxDuration === undefined ? Infinity : now() + maxDuration;
  for (let told: string | undefined; ;) {
    const sighting = await service.look(run, signal);
    const { state } = sighting;
    if (state !== told) log.info(`${named(service, run)} is ${state}.`);
    told = state;
    if (state in service.ends) return sighting;
    const left = giveUpAt - now();
    if (left <= 0) throw givenUp(service, run, sighting, maxDuration);
    await delay(Math.min(Math.max(pollFrequency, POLL_MS_MIN), left), undefined, { signal });
  }
}

function named<Run>(service: FollowedService<Run>, run: Run): string {
  return `${service.name}: ${service.describe(run)}`;
}

function endedMessage<Run>(service: FollowedService<Run>, run: Run, { state, reason = "" }: RunSighting): string {
  const said = reason.trim() === "" ? "." : `: ${reason.trim()}`;
  return `${named(service, run)} ended ${state}${said}`;
}

function givenUp<Run>(
  service: FollowedService<Run>,
  run: Run,
  { state, outputs }: RunSighting,
  maxDuration = 0,
): TaskFailure {
  return new TaskFailure(
    `${named(service, run)} is still ${state} after ${formatDuration(maxDuration)} (\`maxDuration\`), and goes on. ` +
      "Raise `maxDuration`, or look there why it takes so long.",
    { outputs: { ...service.outputs(run), ...outputs } },
  );
}

/** The task is over: what can't be cancelled is told, and never hides why the task ended. */
async function abandon<Run, Seen extends RunSighting>(
  { log, signal }: Context,
  service: Service<Run, Seen>,
  run: Run,
): Promise<void> {
  const { findsAgain = true } = service;
  const what = named(service, run);
  if (isWorkerStop(signal) && findsAgain) {
    log.info(`${what} goes on: this task comes back to it on another worker.`);
    return;
  }
  if (service.cancel === undefined) {
    log.warn(`${what} goes on.`);
    return;
  }
  try {
    await service.cancel(run, AbortSignal.timeout(CANCEL_MS_MAX));
    log.info(`${what} is cancelled.`);
  } catch (error) {
    log.warn(`${what} could not be cancelled and may go on. ${(error as Error).message}`);
  }
}
