import { type ExecutionTrigger, isTerminal, type State } from "@capstan/engine";
import type { Backfill, FlowKey, TriggerKey, TriggerRow } from "@capstan/store";
import { createDueLoop, type DueLoop } from "./due-loop.ts";
import { createHorizon, type Horizon } from "./horizon.ts";
import { createLooks, type Looks, stopEvents } from "./look.ts";
import { createRowWriter, type RowWriter } from "./row-writer.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";
import {
  dueOf,
  exclusively,
  forgetful,
  isAtRest,
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
 * Starts executions by the clock and by events of plugins. What is due soon is in memory, with one timer armed to the earliest;
 * nothing is polled. Each date of a schedule is fired exactly once: the row that moves on is committed with the execution.
 */
export interface Scheduler {
  /** Begins with what is due by now or soon, and with missed dates. Resolves before the first executions are created. */
  start(): Promise<void>;
  /** Fires nothing more; resolves when what was being fired is durable, or can't be written. */
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
  readonly horizon: Horizon;
}

/** Flows whose triggers are brought up to date at the same time, of those that an earlier process left. */
const APPLYING_MAX = 250;

export function createScheduler(parts: SchedulerParts): Scheduler {
  const { store, clock, logger } = parts;
  const writer = createRowWriter(store, clock, logger);
  const looks = createLooks(parts, writer);
  const loop = createDueLoop(clock, logger, {
    look: (entry) => exclusively(entry, () => bringUp(machinery, entry)),
    rest: (entry) => rest(machinery, entry),
  });
  const table = createTriggerTable(parts);
  const horizon = createHorizon(parts, (row, since) => takeUp(machinery, row, since));
  const machinery: Machinery = { parts, table, writer, looks, loop, horizon };
  const changes = createFlowChanges((key) => applyFlow(machinery, key));
  const change = (key: TriggerKey, changed: (row: TriggerRow) => TriggerRow) => changeRow(machinery, key, changed);

  const catchUp = async (): Promise<void> => {
    let last: FlowKey | undefined;
    while (!loop.isStopped) {
      const flows = await store.flows.unapplied(APPLYING_MAX, last);
      last = flows.at(-1);
      if (last === undefined) return;
      await Promise.all(flows.map((key) => changes.apply(key).catch((error: unknown) => failed(key, error))));
    }
  };
  const failed = (key: FlowKey, error: unknown) => {
    logger.error({ err: error, ...key }, "the triggers of a flow can't be updated");
  };

  return {
    start: async () => {
      loop.start();
      horizon.start();
      loop.run({}, catchUp);
    },
    stop: async () => {
      horizon.stop();
      // What can't be written is not waited for: the next start finds the rows as they were.
      writer.stop();
      const stopped = loop.stop();
      for (const entry of table.entries()) stopEvents(entry);
      await stopped;
      await writer.idle();
    },
    flowChanged: changes.apply,
    executionEnded: (execution) => {
      const { tenant, namespace, flowId, trigger } = execution;
      if (trigger === undefined || loop.isStopped || parts.kindOf(trigger.type) === "event") return;
      const key = { tenant, namespace, flowId, triggerId: trigger.id };
      if (isSettled(table.get(key), execution.id)) return;
      loop.run(key, () => withTrigger(machinery, key, (entry) => endOf(machinery, entry, execution)));
    },
    setDisabled: (key, disabled) => change(key, (row) => ({ ...forgetful(row), disabled })),
    unlock: (key) => change(key, unlockedRow),
    restart: (key) => change(key, (row) => forgetful(unlockedRow(row))),
    setBackfill: (key, backfill) => change(key, (row) => withBackfill(row, backfill)),
    forget: (key) => forgetRow(machinery, key),
    idle: async () => {
      await horizon.idle();
      await loop.idle();
      await writer.idle();
    },
  };
}

/** Whether the commit that began an execution has seen to its end, which is told once; it may be restarted, and end again. */
function isSettled(entry: TriggerEntry | undefined, executionId: string): boolean {
  if (entry?.settledBy !== executionId) return false;
  entry.settledBy = undefined;
  return true;
}

/** Changes of one flow are applied one after the other, each whatever became of the one before it. */
function createFlowChanges(apply: (key: FlowKey) => Promise<void>) {
  const last = new Map<string, Promise<void>>();
  return {
    apply: async (key: FlowKey): Promise<void> => {
      const name = nameOfFlow(key);
      const applied = (last.get(name) ?? Promise.resolve()).then(() => apply(key));
      const settled = applied.catch(() => undefined);
      last.set(name, settled);
      try {
        await applied;
      } finally {
        if (last.get(name) === settled) last.delete(name);
      }
    },
  };
}

/** Does something with a trigger, which is in memory meanwhile; undefined for one that the scheduler doesn't own. */
async function withTrigger<Result>(
  machinery: Machinery,
  key: TriggerKey,
  operation: (entry: TriggerEntry) => Promise<Result>,
): Promise<Result | undefined> {
  const entry = await machinery.table.hold(key);
  if (entry === undefined) return undefined;
  try {
    return await exclusively(entry, () => operation(entry));
  } finally {
    letGo(machinery, entry);
  }
}

function letGo(machinery: Machinery, entry: TriggerEntry): void {
  entry.users -= 1;
  rest(machinery, entry);
}

/** When a trigger is due next. What is far off waits in the store, once nothing more is done with the trigger. */
function arm({ loop, horizon }: Machinery, entry: TriggerEntry, at: number | undefined): void {
  entry.dueAt = at;
  const isPutOff = at !== undefined && entry.row.executionId === undefined && horizon.isBeyond(at);
  loop.arm(entry, isPutOff ? undefined : at);
}

/** Leaves a trigger to the store when nothing is done with it and nothing will be soon. */
function rest(machinery: Machinery, entry: TriggerEntry): void {
  const { loop, table, horizon } = machinery;
  if (loop.isStopped || entry.isArmed || !isAtRest(entry)) return;
  const { dueAt } = entry;
  if (dueAt !== undefined && !horizon.isBeyond(dueAt)) return arm(machinery, entry, dueAt);
  table.forget(entry);
  if (dueAt !== undefined) horizon.note(dueAt);
}

/** Looks at a trigger and arms it for the next time. */
async function bringUp(machinery: Machinery, entry: TriggerEntry): Promise<void> {
  const { looks, loop, parts } = machinery;
  if (loop.isStopped) return;
  const { asking } = await looks.look(entry);
  const rearm = () => arm(machinery, entry, loop.isStopped || entry.abort !== undefined ? undefined : dueOf(entry));
  rearm();
  if (asking === undefined) return;
  const answered = () => {
    rearm();
    rest(machinery, entry);
  };
  // The answer may take long; other operations on the trigger do not wait for it.
  void asking.then(answered, (error: unknown) => {
    parts.logger.error({ err: error, ...entry.key }, "an answer of a trigger was lost by a defect");
  });
}

/** Begins with a trigger as the store has it. No flow is read for those that are due later. */
function takeUp(machinery: Machinery, row: TriggerRow, since: number | undefined): void {
  const { loop, table } = machinery;
  const isMissed = since !== undefined && row.nextDate !== undefined && row.nextDate <= since;
  const entry = table.take(row, isMissed);
  if (entry === undefined) {
    const known = table.get(row);
    if (known !== undefined) rest(machinery, known);
    return;
  }
  const { executionId } = row;
  if (executionId !== undefined) {
    loop.begin(entry, () => exclusively(entry, () => lookAfterLock(machinery, entry, executionId)));
  } else if (entry.kind === "realtime") {
    loop.begin(entry, () => exclusively(entry, () => bringUp(machinery, entry)));
  } else {
    arm(machinery, entry, dueOf(entry));
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

async function endOf(machinery: Machinery, entry: TriggerEntry, execution: EndedExecution): Promise<void> {
  const { looks } = machinery;
  const isLock = entry.row.executionId === execution.id;
  if (!isLock && execution.trigger?.type !== entry.row.type) return;
  if (entry.stopAfter === undefined) await looks.targetOf(entry);
  const isStopping = entry.stopAfter?.includes(execution.state) === true && !entry.row.disabled;
  const unlocked = isLock ? unlockedRow(entry.row) : entry.row;
  if (isStopping) stopEvents(entry);
  if (isLock || isStopping)
    await looks.write(entry, isStopping ? { ...forgetful(unlocked), disabled: true } : unlocked);
  if (entry.abort === undefined) arm(machinery, entry, dueOf(entry));
}

/** Changes a row on request; a schedule is looked at right away, so that the answer names its next date. */
async function changeRow(
  machinery: Machinery,
  key: TriggerKey,
  changed: (row: TriggerRow) => TriggerRow,
): Promise<TriggerRow | undefined> {
  return withTrigger(machinery, key, async (entry) => {
    await machinery.looks.write(entry, changed(entry.row));
    if (entry.row.disabled) stopEvents(entry);
    const isNew = entry.kind === "schedule" && entry.row.nextDate === undefined && entry.row.backfill === undefined;
    if (isNew || entry.kind === "realtime") await bringUp(machinery, entry);
    else if (entry.abort === undefined) arm(machinery, entry, dueOf(entry));
    return entry.row;
  });
}

/** The row is gone for good before the trigger is looked at again, which may write another one. */
async function forgetRow(machinery: Machinery, key: TriggerKey): Promise<boolean | undefined> {
  const { writer, parts } = machinery;
  return withTrigger(machinery, key, async (entry) => {
    if (entry.row.executionId !== undefined) return false;
    stopEvents(entry);
    arm(machinery, entry, undefined);
    startAfresh(entry, parts.clock.now());
    await writer.remove(entry.key);
    await bringUp(machinery, entry);
    return true;
  });
}

/** Makes the triggers of a flow what its latest revision says. */
async function applyFlow(machinery: Machinery, key: FlowKey): Promise<void> {
  const { parts, table, writer, looks } = machinery;
  const flow = await parts.compiled(key);
  const { gone, present, made } = await table.update(key, flow);
  const remove = async (entry: TriggerEntry) => {
    entry.active = false;
    stopEvents(entry);
    arm(machinery, entry, undefined);
    await writer.remove(entry.key);
  };
  const apply = async (entry: TriggerEntry) => {
    // What a question or a listener was told no longer holds.
    stopEvents(entry);
    entry.isResting = false;
    const { row } = entry;
    await bringUp(machinery, entry);
    // Lists show what there is, also what is switched off or can't be read.
    if (made.has(entry) && entry.row === row && !machinery.loop.isStopped) await looks.write(entry, row);
  };
  try {
    await Promise.all(gone.map((entry) => exclusively(entry, () => remove(entry))));
    await Promise.all(present.map((entry) => exclusively(entry, () => apply(entry))));
  } finally {
    for (const entry of present) letGo(machinery, entry);
  }
  const revision = flow?.revision ?? (await parts.store.flows.get(key, { includeDeleted: true }))?.revision;
  if (revision !== undefined) await writer.applied({ ...key, revision });
}

function withBackfill(row: TriggerRow, backfill: Backfill | undefined): TriggerRow {
  if (backfill !== undefined) return { ...row, backfill };
  const { backfill: _, ...rest } = row;
  return rest;
}
