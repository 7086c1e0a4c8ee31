import { type ExecutionTrigger, isTerminal, type State } from "@capstan/engine";
import type { Backfill, FlowKey, TriggerKey, TriggerRow } from "@capstan/store";
import { createDueLoop, type DueLoop } from "./due-loop.ts";
import { createLooks, type Looks, stopEvents } from "./look.ts";
import { createRowWriter, type RowWriter } from "./row-writer.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";
import {
  dueOf,
  exclusively,
  forgetful,
  nameOfFlow,
  startAfresh,
  type TriggerEntry,
  unlockedRow,
} from "./trigger-entry.ts";
import { createTriggerTable, type TriggerTable } from "./trigger-table.ts";

/** The end of an execution, as far as triggers care. */
export interface EndedExecution {
  readonly tenant: string;
  readonly id: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly state: State;
  readonly trigger?: Pick<ExecutionTrigger, "id" | "type">;
}

/**
 * Starts executions by the clock and by events of plugins. Due times are in memory, with one timer armed to the earliest;
 * nothing is polled. Each date of a schedule is fired exactly once: the row that moves on is committed with the execution.
 */
export interface Scheduler {
  /** Reads all triggers, recovers missed dates, and begins. Resolves before the first executions are created. */
  start(): Promise<void>;
  /** Fires nothing more; resolves when what was being fired is durable. */
  stop(): Promise<void>;
  /** A flow was saved, disabled, enabled or deleted. Resolves when the rows of its triggers are durable. */
  flowChanged(key: FlowKey): Promise<void>;
  /** Every execution that ends is to be told, whatever started it. */
  executionEnded(execution: EndedExecution): void;
  /** The rest answers the durable row, or undefined for a trigger that the scheduler doesn't own. Enabling starts from now. */
  setDisabled(key: TriggerKey, disabled: boolean): Promise<TriggerRow | undefined>;
  /** Lifts the lock of a running execution. */
  unlock(key: TriggerKey): Promise<TriggerRow | undefined>;
  /** Lifts the lock and starts anew from now. */
  restart(key: TriggerKey): Promise<TriggerRow | undefined>;
  /** Creates, pauses, resumes or (undefined) deletes a backfill. While it is paused the schedule goes on. */
  setBackfill(key: TriggerKey, backfill: Backfill | undefined): Promise<TriggerRow | undefined>;
  /** Removes the row, and begins anew if it is not locked; answers whether it did, or undefined as the others. */
  forget(key: TriggerKey): Promise<boolean | undefined>;
  /** Resolves when nothing is due and nothing is being fired or written. */
  idle(): Promise<void>;
}

/** What the operations of a scheduler work on. */
interface Machinery {
  readonly parts: SchedulerParts;
  readonly table: TriggerTable;
  readonly writer: RowWriter;
  readonly looks: Looks;
  readonly loop: DueLoop;
}

export function createScheduler(parts: SchedulerParts): Scheduler {
  const writer = createRowWriter(parts.store, parts.clock, parts.logger);
  const looks = createLooks(parts, writer);
  const loop = createDueLoop(parts.clock, parts.logger, (entry) => exclusively(entry, () => bringUp(machinery, entry)));
  const machinery: Machinery = { parts, table: createTriggerTable(parts), writer, looks, loop };
  const { table } = machinery;
  const changes = new Map<string, Promise<void>>();
  const change = (key: TriggerKey, changed: (row: TriggerRow) => TriggerRow) => changeRow(machinery, key, changed);
  return {
    start: async () => {
      for (const key of await table.load(parts.clock.now())) void writer.remove(key);
      loop.start();
      for (const entry of table.entries()) takeUp(machinery, entry);
    },
    stop: async () => {
      const stopped = loop.stop();
      for (const entry of table.entries()) stopEvents(entry);
      await stopped;
      await writer.idle();
      writer.stop();
    },
    flowChanged: async (key) => {
      const name = nameOfFlow(key);
      const applied = (changes.get(name) ?? Promise.resolve()).then(() => applyFlow(machinery, key));
      // The next change of the flow waits for this one, and is tried whatever became of it.
      const settled = applied.catch(() => undefined);
      changes.set(name, settled);
      try {
        await applied;
      } finally {
        if (changes.get(name) === settled) changes.delete(name);
      }
    },
    executionEnded: (execution) => {
      const { tenant, namespace, flowId, trigger } = execution;
      const entry = trigger && table.get({ tenant, namespace, flowId, triggerId: trigger.id });
      if (entry === undefined || loop.isStopped) return;
      loop.begin(entry, () => exclusively(entry, () => endOf(machinery, entry, execution)));
    },
    setDisabled: (key, disabled) => change(key, (row) => ({ ...forgetful(row), disabled })),
    unlock: (key) => change(key, unlockedRow),
    restart: (key) => change(key, (row) => forgetful(unlockedRow(row))),
    setBackfill: (key, backfill) => change(key, (row) => withBackfill(row, backfill)),
    forget: (key) => forgetRow(machinery, key),
    idle: async () => {
      await loop.idle();
      await writer.idle();
    },
  };
}

/** Looks at a trigger and arms it for the next time. */
async function bringUp({ looks, loop, parts }: Machinery, entry: TriggerEntry): Promise<void> {
  if (loop.isStopped) return;
  const { asking } = await looks.look(entry);
  const rearm = () => loop.arm(entry, loop.isStopped || entry.abort !== undefined ? undefined : dueOf(entry));
  rearm();
  if (asking === undefined) return;
  // The answer may take long; other operations on the trigger do not wait for it.
  void asking.then(rearm, (error: unknown) => {
    parts.logger.error({ err: error, ...entry.key }, "an answer of a trigger was lost by a defect");
  });
}

/** Begins with a trigger as the store has it. No flow is read for those that are due later. */
function takeUp(machinery: Machinery, entry: TriggerEntry): void {
  const { loop } = machinery;
  const { executionId } = entry.row;
  if (executionId !== undefined) {
    loop.begin(entry, () => exclusively(entry, () => lookAfterLock(machinery, entry, executionId)));
  } else if (entry.kind === "realtime" && entry.active) {
    loop.begin(entry, () => exclusively(entry, () => bringUp(machinery, entry)));
  } else {
    loop.arm(entry, dueOf(entry));
  }
}

/** An end that was committed without the lock being lifted, because the process stopped in between. */
async function lookAfterLock(machinery: Machinery, entry: TriggerEntry, executionId: string): Promise<void> {
  const { tenant, namespace, flowId, triggerId } = entry.key;
  const execution = await machinery.parts.store.executions.get(tenant, executionId);
  if (execution !== undefined && !isTerminal(execution.state)) return;
  const state = execution?.state ?? "KILLED";
  const trigger = { id: triggerId, type: entry.row.type };
  await endOf(machinery, entry, { tenant, namespace, flowId, id: executionId, state, trigger });
}

async function endOf({ looks, loop }: Machinery, entry: TriggerEntry, execution: EndedExecution): Promise<void> {
  const isLock = entry.row.executionId === execution.id;
  if (!isLock && execution.trigger?.type !== entry.row.type) return;
  if (entry.stopAfter === undefined) await looks.targetOf(entry);
  const isStopping = entry.stopAfter?.includes(execution.state) === true && !entry.row.disabled;
  const unlocked = isLock ? unlockedRow(entry.row) : entry.row;
  if (isStopping) stopEvents(entry);
  if (isLock || isStopping)
    await looks.write(entry, isStopping ? { ...forgetful(unlocked), disabled: true } : unlocked);
  if (entry.abort === undefined) loop.arm(entry, dueOf(entry));
}

/** Changes a row on request; a schedule is looked at right away, so that the answer names its next date. */
async function changeRow(
  machinery: Machinery,
  key: TriggerKey,
  changed: (row: TriggerRow) => TriggerRow,
): Promise<TriggerRow | undefined> {
  const { table, looks, loop } = machinery;
  const entry = table.get(key);
  if (entry === undefined) return undefined;
  await exclusively(entry, async () => {
    await looks.write(entry, changed(entry.row));
    if (entry.row.disabled) stopEvents(entry);
    const isNew = entry.kind === "schedule" && entry.row.nextDate === undefined && entry.row.backfill === undefined;
    if (isNew || entry.kind === "realtime") await bringUp(machinery, entry);
    else if (entry.abort === undefined) loop.arm(entry, dueOf(entry));
  });
  return entry.row;
}

/** The row is gone for good before the trigger is looked at again, which may write another one. */
async function forgetRow(machinery: Machinery, key: TriggerKey): Promise<boolean | undefined> {
  const { table, writer, loop, parts } = machinery;
  const entry = table.get(key);
  if (entry === undefined) return undefined;
  return exclusively(entry, async () => {
    if (entry.row.executionId !== undefined) return false;
    stopEvents(entry);
    loop.arm(entry, undefined);
    startAfresh(entry, parts.clock.now());
    await writer.remove(entry.key);
    await bringUp(machinery, entry);
    return true;
  });
}

/** Makes the triggers of a flow what its latest revision says. */
async function applyFlow(machinery: Machinery, key: FlowKey): Promise<void> {
  const { parts, table, writer, loop } = machinery;
  const flow = await parts.compiled(key);
  const { gone, present } = table.update(key, flow, parts.clock.now());
  const remove = async (entry: TriggerEntry) => {
    entry.active = false;
    stopEvents(entry);
    loop.arm(entry, undefined);
    await writer.remove(entry.key);
  };
  await Promise.all(gone.map((entry) => exclusively(entry, () => remove(entry))));
  const apply = async (entry: TriggerEntry) => {
    // What a question or a listener was told no longer holds.
    stopEvents(entry);
    entry.isResting = false;
    await bringUp(machinery, entry);
  };
  await Promise.all(present.map((entry) => exclusively(entry, () => apply(entry))));
}

function withBackfill(row: TriggerRow, backfill: Backfill | undefined): TriggerRow {
  if (backfill !== undefined) return { ...row, backfill };
  const { backfill: _, ...rest } = row;
  return rest;
}
