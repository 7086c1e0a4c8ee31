import type { Turn } from "../turn.ts";

/** Whether the execution is to start later; it waits for a timer then. */
export function waitsForItsTime(turn: Turn): boolean {
  const { state, fixed } = turn.execution;
  const { scheduleDate } = fixed;
  if (state !== "CREATED" || scheduleDate === undefined || scheduleDate <= turn.context.now) return false;
  turn.effects.push({ type: "set-timer", key: "schedule", at: scheduleDate });
  return true;
}
