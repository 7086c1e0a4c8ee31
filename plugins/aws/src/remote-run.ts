/**
 * A run of a service, from its start to its end:
 *
 *     start ──→ going on ──→ ended        what the service says, looked at again and again
 *                 ├──→ given up           `maxDuration` is over: the task fails, the run goes on
 *                 └──→ cancelled          kill or time-out of the task, also while it is being started
 */
import { setTimeout as delay } from "node:timers/promises";
import { formatDuration, type TaskContext, TaskFailure } from "@capstan/sdk";

/** After a kill: how long the answer to a start, and then one to the request to cancel, is waited for, in milliseconds. */
export const CANCEL_MS_MAX = 5_000;
/** Between two looks, whatever is asked for, in milliseconds. */
export const LOOK_MS_MIN = 100;

/** How runs of one kind are spoken to. */
export interface RemoteRuns<Run, Seen> {
  /** Such as `The query of Athena`. */
  readonly what: string;
  /** Starts a run, or finds the one that this attempt has started before. Answers what is needed to find it again. */
  readonly start: (signal: AbortSignal) => Promise<Run>;
  readonly look: (run: Run) => Promise<Seen>;
  /** The state as the service calls it, for the log. */
  readonly stateOf: (seen: Seen) => string;
  readonly isEnded: (seen: Seen) => boolean;
  readonly cancel: (run: Run, signal: AbortSignal) => Promise<void>;
}

/** In milliseconds. */
export interface Waiting {
  readonly interval: number;
  readonly maxDuration?: number | undefined;
}

type Context = Pick<TaskContext<unknown>, "signal" | "log" | "now">;

/** Starts a run. When the task ends meanwhile, the run is cancelled: one that nobody knows the id of could not be. */
export async function startRun<Run, Seen>(context: Context, runs: RemoteRuns<Run, Seen>): Promise<Run> {
  const { signal } = context;
  signal.throwIfAborted();
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => patience.abort(signal.reason), CANCEL_MS_MAX);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const run = await runs.start(patience.signal);
    if (signal.aborted) await cancelRun(context, runs, run);
    signal.throwIfAborted();
    return run;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Waits for the end of a run. Throws `TaskFailure` when `maxDuration` is over; when the task ends, the run is cancelled. */
export async function awaitRun<Run, Seen>(
  context: Context,
  runs: RemoteRuns<Run, Seen>,
  run: Run,
  { interval, maxDuration }: Waiting,
): Promise<Seen> {
  const { signal, log, now } = context;
  const end = maxDuration === undefined ? Infinity : now() + maxDuration;
  try {
    for (let told: string | undefined; ;) {
      const seen = await runs.look(run);
      const state = runs.stateOf(seen);
      if (state !== told) log.info(`${runs.what} is ${state}`);
      told = state;
      if (runs.isEnded(seen)) return seen;
      const left = end - now();
      if (left <= 0)
        throw new TaskFailure(
          `${runs.what} is still ${state} after ${formatDuration(maxDuration!)} (\`maxDuration\`), and goes on. Raise \`maxDuration\`, or look there why it takes so long.`,
        );
      await delay(Math.min(Math.max(interval, LOOK_MS_MIN), left), undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    await cancelRun(context, runs, run);
    throw signal.reason;
  }
}

/** The task is over: what can't be cancelled is told, and never hides why the task ended. */
async function cancelRun<Run, Seen>({ log }: Context, runs: RemoteRuns<Run, Seen>, run: Run): Promise<void> {
  try {
    await runs.cancel(run, AbortSignal.timeout(CANCEL_MS_MAX));
    log.info(`${runs.what} is cancelled`);
  } catch (error) {
    log.warn(`${runs.what} could not be cancelled, and may go on. ${(error as Error).message}`);
  }
}
