import type { Trigger } from "@capstan/model";
import { parseDuration } from "@capstan/model";
import { compileCron, createZones, type Cron, type CronMistake, type Zones } from "./cron/cron.ts";
import { readDate } from "../conditions/read-date.ts";
import { ConditionFailure } from "../conditions/condition.ts";

/** When a Schedule or ScheduleOnDates trigger is due, its conditions left aside. Moments are epoch milliseconds. */
export interface Schedule extends Cron {
  readonly recover: RecoverMissedSchedules;
  /** How late a date may still run. */
  readonly lateMaximumDelayMs?: number;
}

/** What becomes of dates that passed while the trigger could not run. */
export type RecoverMissedSchedules = "ALL" | "LAST" | "NONE";

export interface ScheduleOptions {
  /** Zone of triggers that name none. */
  readonly timeZone: string;
  readonly zones?: Zones;
  /** For triggers that don't say; the server may choose another than ALL. */
  readonly recover?: RecoverMissedSchedules;
  /** ScheduleOnDates: its dates, rendered. */
  readonly dates?: readonly string[];
}

export const SCHEDULE_TYPE = "io.kestra.plugin.core.trigger.Schedule";
export const SCHEDULE_ON_DATES_TYPE = "io.kestra.plugin.core.trigger.ScheduleOnDates";

/** Compiles a trigger of one of the two types that the clock starts. */
export function compileSchedule(trigger: Trigger, options: ScheduleOptions): Schedule | CronMistake {
  const { properties } = trigger;
  const timeZone = typeof properties["timezone"] === "string" ? properties["timezone"] : options.timeZone;
  const dates =
    trigger.type === SCHEDULE_ON_DATES_TYPE
      ? compileDates(options.dates ?? [], timeZone, options.zones ?? createZones())
      : compileCron(String(properties["cron"]), {
          withSeconds: properties["withSeconds"] === true,
          timeZone,
          ...(options.zones === undefined ? {} : { zones: options.zones }),
        });
  if ("mistake" in dates) return dates;
  const late = properties["lateMaximumDelay"];
  const lateMaximumDelayMs = typeof late === "string" ? parseDuration(late) : undefined;
  return {
    ...dates,
    recover: (properties["recoverMissedSchedules"] as RecoverMissedSchedules | undefined) ?? options.recover ?? "ALL",
    ...(lateMaximumDelayMs === undefined ? {} : { lateMaximumDelayMs }),
  };
}

function compileDates(texts: readonly string[], timeZone: string, zones: Zones): Cron | CronMistake {
  const zone = zones.find(timeZone);
  if (zone === undefined)
    return { mistake: `"${timeZone}" is no time zone`, hint: "Write it like Europe/Paris or UTC." };
  try {
    const moments = texts.map((text) => readDate(text, zone.id).epochMilliseconds).toSorted((a, b) => a - b);
    return {
      timeZone: zone.id,
      offsetMsAt: (epochMs) => zone.segmentAt(Math.floor(epochMs / 1000)).offset * 1000,
      next: (after) => moments.find((moment) => moment > after),
      previous: (before) => moments.findLast((moment) => moment < before),
    };
  } catch (error) {
    if (error instanceof ConditionFailure)
      return { mistake: error.message, hint: "Write dates like 2024-03-01T10:00:00+01:00." };
    throw error;
  }
}
