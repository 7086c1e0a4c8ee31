import { isTerminal } from "@capstan/engine";
import type { Store } from "@capstan/store";
import type { Clock } from "../clock.ts";
import type { ExecutionService, ExecutionWithRuns } from "../services.ts";
import type { Executor } from "./executor.ts";
import type { Followers } from "./followers.ts";

export interface WatchingParts {
  readonly store: Store;
  readonly executor: Pick<Executor, "get">;
  readonly followers: Followers;
  readonly clock: Clock;
}

/**
 * A follower reads the whole execution each time. To read a large one with each of its commits would take longer than to run it,
 * so that what follows a read is put off for this many times as long as it took.
 */
const REST_AFTER_READ = 9;
const REST_MS_MAX = 1_000;
/** A store that does not answer is asked again after it. */
const RETRY_MS = 1_000;

/** Waiting for the end of an execution, and following it. */
export function createWatching(parts: WatchingParts): Pick<ExecutionService, "ended" | "follow" | "followLogs"> {
  const { store, executor, followers } = parts;
  return {
    ended: (tenant, id, signal) =>
      new Promise((resolve, reject) => {
        const finish = (found: ExecutionWithRuns | undefined) => {
          stop();
          resolve(found);
        };
        // An execution leaves the memory before its last commit is durable: only the store tells that it has ended.
        const look = () => {
          if (executor.get({ tenant, id }) !== undefined) return;
          const settle = (found: ExecutionWithRuns | undefined) => {
            if (found === undefined || isTerminal(found.row.state)) finish(found);
          };
          void storedExecution(store, tenant, id).then(settle, (error: unknown) => {
            stop();
            reject(error);
          });
        };
        const stop = followers.onChange({ tenant, id }, look);
        signal?.addEventListener("abort", () => finish(undefined), { once: true });
        look();
      }),
    follow: (tenant, id, listener) => follow(parts, tenant, id, listener),
    followLogs: (tenant, id, listener) => ({ stop: followers.onLogs({ tenant, id }, listener) }),
  };
}

function follow(
  { store, executor, followers, clock }: WatchingParts,
  tenant: string,
  id: string,
  listener: Parameters<ExecutionService["follow"]>[2],
): { stop(): void } {
  const state = { isStopped: false, isReading: false, hasChanged: false };
  let endRest: (() => void) | undefined;

  const isLive = () => executor.get({ tenant, id }) !== undefined;
  const changed = () => {
    state.hasChanged = true;
    // The end is told at once.
    if (endRest !== undefined && !isLive()) wake();
    if (!state.isReading && endRest === undefined) void read();
  };
  const rest = (milliseconds: number) => {
    endRest = clock.setTimer(clock.now() + milliseconds, wake);
  };
  const wake = () => {
    endRest?.();
    endRest = undefined;
    if (state.hasChanged) void read();
  };

  const read = async () => {
    state.isReading = true;
    state.hasChanged = false;
    const begin = clock.elapsedMs();
    const wasLive = isLive();
    const found = await storedExecution(store, tenant, id).catch(() => "unanswered" as const);
    state.isReading = false;
    if (state.isStopped) return;
    if (found === "unanswered") {
      state.hasChanged = true;
      rest(RETRY_MS);
      return;
    }
    if (found !== undefined) listener({ ...found, last: !wasLive && isTerminal(found.row.state) });
    const restMs = Math.min(REST_MS_MAX, (clock.elapsedMs() - begin) * REST_AFTER_READ);
    if (state.hasChanged && (restMs < 1 || !isLive())) void read();
    else if (restMs >= 1) rest(restMs);
  };

  const stopListening = followers.onChange({ tenant, id }, changed);
  void read();
  return {
    stop: () => {
      state.isStopped = true;
      endRest?.();
      stopListening();
    },
  };
}

/** Its task runs are read after it, so that none of them is behind the state that it tells. */
export async function storedExecution(
  store: Store,
  tenant: string,
  id: string,
): Promise<ExecutionWithRuns | undefined> {
  const row = await store.executions.get(tenant, id);
  return row === undefined ? undefined : { row, taskRuns: await store.executions.taskRuns(tenant, id) };
}
