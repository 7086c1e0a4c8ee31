import type { Turn } from "../turn.ts";

/** Whether the execution is to start later; it waits for a timer then. */
export function waitsForItsTime(turn: Turn): boolean {
  const { state, fixed } = turn.execution;
  const { scheduleDate } = fixed;
  if (state !== "CREATED" || scheduleDate === undefined || scheduleDate <= turn.context.now) return false;
  turn.effects.push({ type: "set-timer", key: "schedule", at: scheduleDate });
  return true;
}

/** It starts before its date: nothing is to happen then. */
export function forgetItsTime(turn: Turn): void {
  const { state, fixed } = turn.execution;
  if (state === "CREATED" && fixed.scheduleDate !== undefined)
    turn.effects.push({ type: "clear-timer", key: "schedule" });
}
