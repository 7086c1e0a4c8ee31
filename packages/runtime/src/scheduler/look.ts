import { createZones, SCHEDULE_ON_DATES_TYPE } from "@capstan/engine";
import type { TriggerRow } from "@capstan/store";
import { fireRun } from "./fire-run.ts";
import { startListening } from "./listening.ts";
import { askTrigger } from "./polling.ts";
import type { RowWriter } from "./row-writer.ts";
import { createSchedules } from "./schedule-step.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";
import type { Target } from "./trigger-call.ts";
import { dueOf, flowKeyOf, forgetful, stored, type TriggerEntry, unlockedRow } from "./trigger-entry.ts";

/** What is done with one trigger; to be called within its exclusive operations. */
export interface Looks {
  /**
   * Fires the trigger if it is due, and finds out when it is due next. A polling trigger is asked outside of the exclusive
   * operations: then `asking` resolves when its answer was dealt with.
   */
  look(entry: TriggerEntry): Promise<{ readonly asking?: Promise<void> }>;
  /** Makes a row durable and notes whether a date has passed already. */
  write(entry: TriggerEntry, row: TriggerRow): Promise<void>;
  /**
   * Reads the flow to know whether the trigger is switched on. One that is not forgets its dates; the row of one that is gone goes.
   */
  targetOf(entry: TriggerEntry): Promise<Target | undefined>;
}

export function createLooks(parts: SchedulerParts, writer: RowWriter): Looks {
  const { clock } = parts;
  const schedules = createSchedules(parts, createZones());

  const write = async (entry: TriggerEntry, row: TriggerRow): Promise<void> => {
    entry.row = stored(entry, { ...row, updatedAt: clock.now() });
    entry.mayHaveMissed = row.nextDate !== undefined && row.nextDate <= clock.now();
    await writer.save(entry.row);
  };

  const targetOf = async (entry: TriggerEntry): Promise<Target | undefined> => {
    const flow = await parts.compiled(flowKeyOf(entry.key));
    const trigger = flow?.flow.triggers.find(({ id }) => id === entry.key.triggerId);
    entry.active = trigger !== undefined && flow !== undefined && !flow.flow.disabled && !trigger.disabled;
    entry.stopAfter = trigger?.stopAfter;
    if (entry.active) return { flow: flow!, trigger: trigger! };
    stopEvents(entry);
    if (trigger === undefined) await writer.remove(entry.key);
    else if (entry.row.nextDate !== undefined || entry.row.wakeAt !== undefined)
      await write(entry, forgetful(entry.row));
    return undefined;
  };

  const lookAtSchedule = async (entry: TriggerEntry, target: Target): Promise<void> => {
    const { row: before, mayHaveMissed } = entry;
    const isLocked = before.executionId !== undefined;
    if (before.disabled || (isLocked && !target.trigger.allowConcurrent)) return;
    const key = flowKeyOf(entry.key);
    const step = await schedules.step({ row: unlockedRow(before), key, ...target, mayHaveMissed });
    if ("mistake" in step) {
      entry.isResting = true;
      writer.log(entry.key, "ERROR", step.mistake);
      return;
    }
    entry.mayHaveMissed = false;
    const row = { ...step.row, updatedAt: clock.now() };
    if (step.run !== undefined) {
      const isOnDates = target.trigger.type === SCHEDULE_ON_DATES_TYPE;
      const run = isOnDates ? { ...step.run, scheduleDate: step.run.date } : step.run;
      await fireRun(parts, writer, entry, target, run, row);
    } else if (isLocked || hasMoved(before, row)) {
      await write(entry, row);
    }
  };

  return {
    look: async (entry) => {
      const target = await targetOf(entry);
      if (target === undefined || entry.row.disabled) return {};
      switch (entry.kind) {
        case "schedule":
          await lookAtSchedule(entry, target);
          return {};
        case "polling": {
          const due = dueOf(entry);
          const isDue = due !== undefined && due <= clock.now() && entry.abort === undefined;
          return isDue ? { asking: askTrigger(parts, writer, entry, target) } : {};
        }
        case "realtime":
          if (entry.abort === undefined) startListening(parts, writer, entry, target);
          return {};
        default:
          return entry.kind satisfies never;
      }
    },
    write,
    targetOf,
  };
}

/** Ends the question or the listening that goes on; what still comes of it doesn't count. */
export function stopEvents(entry: TriggerEntry): void {
  entry.abort?.abort();
  entry.abort = undefined;
}

function hasMoved(before: TriggerRow, after: TriggerRow): boolean {
  return (
    after.nextDate !== before.nextDate ||
    after.backfill !== before.backfill ||
    after.memory?.["schedule"] !== before.memory?.["schedule"]
  );
}
