import { isTerminal, OPEN_STATES, restoreLive, workerOf, type LiveExecution } from "@capstan/engine";
import type { WholeExecution } from "@capstan/store";
import { RequestError } from "../errors.ts";
import { planFor } from "./flows.ts";
import { gathers } from "../flow-control/restoring.ts";
import { jobKey } from "./job.ts";
import { nameOf, type LiveKey } from "./live-key.ts";
import { isAfterMessage, replayIn } from "./pending-work.ts";
import { retryFrom, type RetryParts } from "./retries.ts";

export type RecoveryParts = RetryParts;

/** Brings executions back into memory from their rows. */
export interface Recovery {
  /**
   * At a start: every execution that has not ended or has something left to do, and all timers. Before any of them goes on, `awaited` hears
   * the keys of the jobs that workers of other processes may have.
   */
  recoverAll(awaited: (keys: ReadonlySet<string>) => void): Promise<void>;
  /** An execution as the store has it; it is not taken into memory. */
  readonly restore: (tenant: string, id: string) => Promise<LiveExecution | undefined>;
  /** Retry with a new execution: a copy that goes on from a task run of the failed one, at that time. */
  retryFrom(execution: LiveKey, taskRun: number, retryAt: number): Promise<void>;
}

/** Executions that are listed at once. */
const BATCH = 1_000;

interface OpenPage {
  /** Behind which key the next page begins; undefined for the last page. */
  readonly next: LiveKey | undefined;
  readonly found: Promise<readonly WholeExecution[]>;
}

export function createRecovery(parts: RecoveryParts): Recovery {
  const { store, flows, creation, executor, places, logger } = parts;
  const revive = async ({ row, taskRuns }: WholeExecution): Promise<LiveExecution> =>
    restoreLive(await planFor(flows, row), row, taskRuns);
  /** With the starts that were added to those that have not begun. */
  const completed = async (revived: readonly LiveExecution[]): Promise<readonly LiveExecution[]> => {
    const open = new Map(revived.flatMap((each) => (each.batch === undefined ? [] : [[nameOf(each), each] as const])));
    const gathering = [...open.values()].filter(gathers);
    if (gathering.length === 0) return revived;
    for (const { tenant, executionId: id, item } of await store.addedStarts.of(gathering))
      open.get(nameOf({ tenant, id }))!.batch!.items.push(item);
    return revived;
  };
  const restore: Recovery["restore"] = async (tenant, id) => {
    const [found] = await store.executions.whole([{ tenant, id }]);
    return found && (await completed([await revive(found)]))[0];
  };
  /** Those whose flow is missing, or no longer valid, are left as the store has them: the others go on. */
  const reviveAll = async (found: readonly WholeExecution[]): Promise<readonly LiveExecution[]> => {
    const revived: LiveExecution[] = [];
    for (const whole of found) {
      try {
        revived.push(await revive(whole));
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        logger.error({ executionId: whole.row.id, err: error }, "an execution can't be brought back");
      }
    }
    return completed(revived);
  };
  const readOpen = async (after?: LiveKey): Promise<OpenPage> => {
    const keys = await store.executions.listByState(OPEN_STATES, BATCH, after);
    const found = store.executions.whole(keys);
    found.catch(() => undefined); // Told to who waits for it.
    return { next: keys.length < BATCH ? undefined : keys.at(-1)!, found };
  };
  /** The store reads the next ones while these are brought back. */
  const restoreOpen = async (): Promise<readonly LiveExecution[]> => {
    const restored: LiveExecution[] = [];
    for (let reading: Promise<OpenPage> | undefined = readOpen(); reading !== undefined;) {
      const { next, found }: OpenPage = await reading;
      reading = next === undefined ? undefined : readOpen(next);
      reading?.catch(() => undefined); // Told to who waits for it.
      restored.push(...(await reviveAll(await found)).filter(({ state }) => !isTerminal(state)));
    }
    return restored;
  };
  const retryFailed = (error: unknown) => logger.error({ err: error }, "a retry with a new execution failed");
  const doPendingWork = async () => {
    for (const message of await store.messages.all()) {
      const key = { tenant: message.tenant, id: message.executionId };
      const replay = replayIn(message);
      if (replay !== undefined) await retryFrom(parts, key, replay.taskRun, replay.at).catch(retryFailed);
      else if (isAfterMessage(message) && executor.get(key) === undefined) {
        for (const execution of await reviveAll(await store.executions.whole([key]))) creation.adoptRestored(execution);
      }
    }
  };
  return {
    recoverAll: async (awaited) => {
      // Children and parents tell each other how they are: nothing goes on before all are back.
      const restored = await restoreOpen();
      awaited(new Set(restored.flatMap(jobsElsewhere)));
      await places.prepare(restored);
      for (const execution of restored) creation.adoptRestored(execution);
      places.refill(restored);
      await doPendingWork();
      for (const timer of await store.timers.all()) executor.timers.set(timer);
    },
    restore,
    retryFrom: (execution, taskRun, retryAt) => retryFrom(parts, execution, taskRun, retryAt),
  };
}

/** Keys of the jobs that workers of other processes had, by the rows of an execution. */
function jobsElsewhere(execution: LiveExecution): readonly string[] {
  const keys: string[] = [];
  for (const run of execution.runs.values())
    if (workerOf(run) !== undefined) keys.push(jobKey(execution, run, run.attempts.length));
  return keys;
}
