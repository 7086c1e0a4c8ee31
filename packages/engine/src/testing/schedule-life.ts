import type { Trigger } from "@capstan/model";
import { type AskConditions, dueAt, dueRun, recovered, startedAnew, unlocked } from "../triggers/due-run.ts";
import { compileSchedule, type Schedule } from "../triggers/schedule.ts";
import type { TriggerState } from "../triggers/trigger-state.ts";

export const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
export const iso = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString().replace(":00Z", "Z");
export const MINUTE = 60_000;

export function schedule(properties: Trigger["properties"]): Schedule {
  const trigger = { type: "io.kestra.plugin.core.trigger.Schedule", properties } as unknown as Trigger;
  const compiled = compileSchedule(trigger, { timeZone: "UTC" });
  if ("mistake" in compiled) throw new Error(compiled.mistake);
  return compiled;
}

export const FRESH: TriggerState = { disabled: false };

/** Lives through a stretch of time the way a scheduler does; each run locks the trigger for `runMs`. */
export function live(
  timetable: Schedule,
  span: { from: number; until: number; runMs?: number; ask?: AskConditions; state?: TriggerState; downUntil?: number },
) {
  const { ask, runMs = 0 } = span;
  let now = span.from;
  let state = span.state ?? startedAnew(FRESH, timetable, now, ask);
  if (span.downUntil !== undefined) {
    now = span.downUntil;
    state = recovered(state, timetable, now, ask);
  }
  const dates: number[] = [];
  const startedAt: number[] = [];
  for (;;) {
    const due = dueAt(state);
    if (due === undefined || Math.max(due, now) > span.until) break;
    now = Math.max(due, now);
    const step = dueRun(state, timetable, now, ask);
    state = step.state;
    if (step.fire === undefined) continue;
    dates.push(step.fire.date);
    startedAt.push(now);
    if (runMs > 0) {
      now += runMs;
      state = unlocked({ ...state, executionId: "e" }, timetable, now, ask);
    }
  }
  return { dates, startedAt, state };
}
