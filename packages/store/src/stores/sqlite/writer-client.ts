import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { StoreError } from "../../errors.ts";
import type { CommitUnit } from "../../store.ts";
import { appendUnit, emptyGroup, type Group } from "./group.ts";
import type { FromWriter, ToWriter, UnitFailure, WriterOptions } from "./protocol.ts";
import { fromPlainError } from "./sqlite-errors.ts";

/** The calling thread's side of the writer: gathers units into groups and hands them over. */
export interface WriterClient {
  commit(unit: CommitUnit): Promise<void>;
  /** Commits what is pending, then ends the thread. */
  stop(): Promise<void>;
}

/** A longer transaction gains little and makes its units wait. */
const UNITS_PER_GROUP_MAX = 256;
/** One being committed and one waiting at the thread, so that it never waits for us. */
const GROUPS_IN_FLIGHT_MAX = 2;

/**
 * Starts the thread; resolves when the database is open and migrated. `onDeath` hears, once, that the thread ended by
 * itself: everything waiting was rejected and nothing can be committed any more.
 */
export async function startWriter(options: WriterOptions, onDeath: (error: StoreError) => void): Promise<WriterClient> {
  const worker = new Worker(new URL(`./writer${extname(import.meta.url)}`, import.meta.url), {
    workerData: options,
    name: "store writer",
  });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const post = (message: ToWriter): void => worker.postMessage(message);
  const sequence = { last: await readiness(worker) };
  /** Who waits for the groups that left, in order: what a group said need not outlive its leaving. */
  const inFlight: Group["units"][] = [];
  /** Groups that wait; the last of them takes new units. */
  const waiting: Group[] = [];
  const stopped = Promise.withResolvers<void>();
  let stopping = false;
  let dead: StoreError | undefined;
  let scheduled = false;

  const send = (): void => {
    while (inFlight.length < GROUPS_IN_FLIGHT_MAX && waiting.length > 0) {
      const { units, ...group } = waiting.shift()!;
      inFlight.push(units);
      post({ type: "group", ...group });
    }
    if (stopping && inFlight.length === 0) post({ type: "stop" });
  };
  /** When the event loop turns over, so that everything committed in this turn shares a group. */
  const schedule = (): void => {
    if (scheduled || inFlight.length >= GROUPS_IN_FLIGHT_MAX) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      send();
    });
  };
  const settle = (failures: readonly UnitFailure[]): void => {
    const units = inFlight.shift()!;
    send();
    for (const { unit, error } of failures) units[unit]!.reject(fromPlainError(error));
    for (const unit of units) unit.resolve();
  };
  const die = (cause: unknown): void => {
    if (dead !== undefined) return;
    dead = new StoreError("store-failed", "the thread that writes has ended", { cause });
    const lost = [...inFlight.splice(0), ...waiting.splice(0).map(({ units }) => units)];
    for (const unit of lost.flat()) unit.reject(dead);
    if (stopping) stopped.resolve();
    else onDeath(dead);
  };
  worker.on("message", (message: FromWriter) => {
    if (message.type === "committed") settle(message.failures);
  });
  worker.on("error", die);
  worker.on("exit", die);

  return {
    commit: async (unit) => {
      if (dead !== undefined) throw dead;
      let group = waiting.at(-1);
      if (group === undefined || group.units.length >= UNITS_PER_GROUP_MAX) waiting.push((group = emptyGroup()));
      const result = appendUnit(group, unit, sequence);
      schedule();
      return result;
    },
    stop: async () => {
      stopping = true;
      if (dead === undefined) send();
      else stopped.resolve();
      await stopped.promise;
    },
  };
}

/** The sequence the database is at, or the reason why it can't be opened. */
async function readiness(worker: Worker): Promise<number> {
  const first = Promise.withResolvers<FromWriter>();
  const failed = (cause: unknown): void =>
    first.reject(new StoreError("store-failed", "the thread that writes did not start", { cause }));
  worker.once("message", first.resolve).once("error", failed).once("exit", failed);
  const message = await first.promise;
  worker.off("error", failed).off("exit", failed);
  if (message.type === "ready") return message.sequence;
  if (message.type === "refused") throw fromPlainError(message.error);
  throw new StoreError("store-failed", `the thread that writes began with "${message.type}"`);
}
