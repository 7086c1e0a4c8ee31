/**
 * A run of another service, from its start to its end:
 *
 *     start ──→ going on ──→ SUCCESS, WARNING or FAILED   what the service says, looked at every `pollFrequency`
 *                 ├──→ given up       `maxDuration` is over: the task fails, the run goes on
 *                 └──→ cancelled      kill or time-out of the task, also while it is being started
 */
import { setTimeout as delay } from "node:timers/promises";
import { formatDuration, type Outputs, result, type ResultOf, type TaskContext, TaskFailure } from "@capstan/sdk";
import { POLL_MS_MIN, type Waiting } from "./waiting.ts";

/** After a kill: how long an answer to the start, and then one to the request to cancel, is waited for. */
export const CANCEL_MS_MAX = 5_000;

/** What the states of a service mean that a run ends in. In all others it goes on. */
export type Ends = Readonly<Record<string, "SUCCESS" | "WARNING" | "FAILED">>;

/** A run as it is seen at one time. */
export interface Sighting {
  /** As the service calls it. */
  readonly state: string;
  /** What the service says about it, such as why it failed. */
  readonly reason?: string | undefined;
  readonly outputs?: Outputs;
}

/** How one service is spoken to. A `Run` is all that is needed to find a run again. */
export interface RemoteService<Run> {
  /** Such as `dbt Cloud`. */
  readonly name: string;
  readonly ends: Ends;
  /** Starts a run, or finds the one that this attempt has started before. */
  start(signal: AbortSignal): Promise<Run>;
  /** For people, such as `job 42`. */
  describe(run: Run): string;
  /** What is known of a run without looking at it. */
  outputs(run: Run): Outputs;
  look(run: Run, signal: AbortSignal): Promise<Sighting>;
  /** Absent where the service has no way to. */
  cancel?(run: Run, signal: AbortSignal): Promise<void>;
}

/** How runs are followed that something else has started. */
export type FollowedService<Run> = Omit<RemoteService<Run>, "start">;

type Context = Pick<TaskContext<unknown>, "signal" | "log" | "now">;

/**
 * Starts a run and, unless `wait` is false, waits for its end. Throws `TaskFailure`, with the outputs known so far, when the run
 * fails, and when it goes on for longer than `maxDuration`. When the task is to end, the run is cancelled, if the service can.
 */
export async function runRemotely<Run>(
  context: Context,
  service: RemoteService<Run>,
  waiting: Waiting & { readonly wait: boolean },
): Promise<Outputs | ResultOf> {
  const run = await started(context, service);
  context.log.info(`${service.name}: ${service.describe(run)} is started.`);
  return waiting.wait ? awaitEnd(context, service, run, waiting) : service.outputs(run);
}

/** Waits for the end of a run that somebody has started. Throws as `runRemotely` does. */
export async function awaitEnd<Run>(
  context: Context,
  service: FollowedService<Run>,
  run: Run,
  waiting: Waiting,
): Promise<Outputs | ResultOf> {
  try {
    const sighting = await lastSighting(context, service, run, waiting);
    return endOf(service, run, sighting);
  } catch (error) {
    if (!context.signal.aborted) throw withOutputs(error, service.outputs(run));
    await cancelled(context, service, run);
    throw context.signal.reason;
  }
}

/** Whoever handles the error may want to look at the run, or to wait for it. */
function withOutputs(error: unknown, outputs: Outputs): unknown {
  if (!(error instanceof TaskFailure) || error.outputs !== undefined) return error;
  return new TaskFailure(error.message, { cause: error, outputs });
}

/**
 * A start is not broken off at once by a kill: a run that nobody knows the id of can't be cancelled.
 */
async function started<Run>(context: Context, service: RemoteService<Run>): Promise<Run> {
  const { signal } = context;
  signal.throwIfAborted();
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => patience.abort(signal.reason), CANCEL_MS_MAX);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const run = await service.start(patience.signal);
    if (!signal.aborted) return run;
    await cancelled(context, service, run);
    throw signal.reason;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

async function lastSighting<Run>(
  { signal, log, now }: Context,
  service: FollowedService<Run>,
  run: Run,
  { pollFrequency, maxDuration }: Waiting,
): Promise<Sighting> {
  const giveUpAt = maxDuration === undefined ? Infinity : now() + maxDuration;
  for (let told: string | undefined; ;) {
    const sighting = await service.look(run, signal);
    const { state } = sighting;
    if (state !== told) log.info(`${service.name}: ${service.describe(run)} is ${state}.`);
    told = state;
    if (state in service.ends) return sighting;
    const left = giveUpAt - now();
    if (left <= 0) throw givenUp(service, run, sighting, maxDuration);
    await delay(Math.min(Math.max(pollFrequency, POLL_MS_MIN), left), undefined, { signal });
  }
}

function endOf<Run>(
  service: FollowedService<Run>,
  run: Run,
  { state, reason, outputs: seen }: Sighting,
): Outputs | ResultOf {
  const outputs = { ...service.outputs(run), ...seen };
  const end = service.ends[state];
  if (end === "SUCCESS") return outputs;
  const said = reason === undefined || reason.trim() === "" ? "." : `: ${reason.trim()}`;
  const message = `${service.name}: ${service.describe(run)} ended ${state}${said}`;
  if (end === "WARNING") return result({ state: "WARNING", outputs, message });
  throw new TaskFailure(message, { outputs });
}

function givenUp<Run>(
  service: FollowedService<Run>,
  run: Run,
  { state, outputs }: Sighting,
  maxDuration = 0,
): TaskFailure {
  return new TaskFailure(
    `${service.name}: ${service.describe(run)} is still ${state} after ${formatDuration(maxDuration)} (\`maxDuration\`), and goes on. ` +
      "Raise `maxDuration`, or look there why it takes so long.",
    { outputs: { ...service.outputs(run), ...outputs } },
  );
}

/** The task is over: what can't be cancelled is told, and never hides why the task ended. */
async function cancelled<Run>({ log }: Context, service: FollowedService<Run>, run: Run): Promise<void> {
  const what = `${service.name}: ${service.describe(run)}`;
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
