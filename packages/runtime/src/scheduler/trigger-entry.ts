import { dueAt } from "@capstan/engine";
import type { FlowKey, TriggerKey, TriggerRow } from "@capstan/store";
import type { Schedulable } from "../due-heap.ts";
import type { TriggerKind } from "./scheduler-parts.ts";

/** A trigger in the scheduler's memory. */
export interface TriggerEntry extends Schedulable {
  readonly key: TriggerKey;
  readonly kind: Exclude<TriggerKind, "event">;
  /** As it was last made durable, or is being made durable. */
  row: TriggerRow;
  /** Whether both the flow and the trigger are switched on. */
  active: boolean;
  /** Dates may have passed unseen: while the process was down, or the trigger was locked. */
  mayHaveMissed: boolean;
  /** End states that switch the trigger off; known once the flow was read. */
  stopAfter: readonly string[] | undefined;
  /** An execution that ended in the commit that began it: the row says so already, and nothing is left to do when its end is told. */
  settledBy: string | undefined;
  /** Its schedule can't be read; nothing is due until the flow changes or the process starts again. */
  isResting: boolean;
  /** Operations that wait for the present one; undefined while none runs. */
  waiting: (() => void)[] | undefined;
  /** Ends the question or the listening that goes on. */
  abort: AbortController | undefined;
  /** Questions that failed in a row, or listeners that ended. */
  failures: number;
  /** Who is doing something with it, and needs it to stay in memory. */
  users: number;
  /** When it is due; undefined: not by the clock. */
  dueAt: number | undefined;
  /** Whether the clock will bring it up from memory. */
  isArmed: boolean;
}

/** `isMissed`: dates may have passed unseen. */
export function createEntry(row: TriggerRow, kind: TriggerEntry["kind"], isMissed: boolean): TriggerEntry {
  const { tenant, namespace, flowId, triggerId } = row;
  return {
    key: { tenant, namespace, flowId, triggerId },
    kind,
    row,
    active: true,
    mayHaveMissed: isMissed,
    stopAfter: undefined,
    settledBy: undefined,
    isResting: false,
    waiting: undefined,
    abort: undefined,
    failures: 0,
    users: 0,
    dueAt: undefined,
    isArmed: false,
    place: 0,
  };
}

/** The row of a trigger that nothing is known of. */
export function newRow(key: TriggerKey, type: string, now: number): TriggerRow {
  const { tenant, namespace, flowId, triggerId } = key;
  return { tenant, namespace, flowId, triggerId, type, disabled: false, updatedAt: now };
}

/** Forgets everything but which trigger it is. */
export function startAfresh(entry: TriggerEntry, now: number): void {
  entry.row = newRow(entry.key, entry.row.type, now);
  entry.mayHaveMissed = false;
  entry.isResting = false;
  entry.failures = 0;
}

/** When to look at a trigger next, epoch milliseconds; undefined while only an event can make it due. */
export function dueOf({
  row,
  kind,
  active,
  isResting,
}: Pick<TriggerEntry, "row" | "kind" | "active" | "isResting">): number | undefined {
  if (!active || isResting || kind === "realtime") return undefined;
  const at = dueAt(row);
  if (at !== undefined || row.disabled || row.executionId !== undefined) return at;
  // A schedule that was read and has no further date rests; anything else without a date was never looked at.
  return row.memory?.["schedule"] === undefined ? -Infinity : undefined;
}

/**
 * A row of this trigger as it is to be stored: with the time at which a process that starts is to look at it. What is locked or
 * listens is for every process to look at.
 */
export function stored(entry: TriggerEntry, row: TriggerRow): TriggerRow {
  const { wakeAt: _, ...rest } = row;
  const wakeAt = wakeAtOf(entry, row);
  return wakeAt === undefined ? rest : { ...rest, wakeAt };
}

function wakeAtOf({ active, kind }: TriggerEntry, row: TriggerRow): number | undefined {
  if (!active) return undefined;
  if (kind === "realtime") return row.disabled ? undefined : 0;
  if (row.executionId !== undefined) return 0;
  const at = dueOf({ row, kind, active, isResting: false });
  return at === undefined ? undefined : Math.max(at, 0);
}

/** Whether nothing is going on with a trigger, so that the store is a good enough place for it. */
export function isAtRest({ users, waiting, abort, row }: TriggerEntry): boolean {
  return users === 0 && waiting === undefined && abort === undefined && row.executionId === undefined;
}

/** The row of a trigger that forgets its dates, so that it starts anew from the moment it is looked at. */
export function forgetful(row: TriggerRow): TriggerRow {
  const { nextDate: _, memory, ...rest } = row;
  const { schedule: __, ...kept } = memory ?? {};
  return Object.keys(kept).length === 0 ? rest : { ...rest, memory: kept };
}

export function unlockedRow(row: TriggerRow): TriggerRow {
  const { executionId: _, ...rest } = row;
  return rest;
}

/** Runs operations on one trigger one after the other, in the order of the calls. */
export async function exclusively<T>(entry: TriggerEntry, operation: () => Promise<T>): Promise<T> {
  const { waiting } = entry;
  if (waiting === undefined) entry.waiting = [];
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await operation();
  } finally {
    const next = entry.waiting?.shift();
    if (next === undefined) entry.waiting = undefined;
    else next();
  }
}

export function nameOfFlow({ tenant, namespace, id }: FlowKey): string {
  return `${tenant}/${namespace}/${id}`;
}

export function flowKeyOf({ tenant, namespace, flowId }: TriggerKey): FlowKey {
  return { tenant, namespace, id: flowId };
}
