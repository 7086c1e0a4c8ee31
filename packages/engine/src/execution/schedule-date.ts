import type { Turn } from "../turn.ts";

/** Whether the execution is to start later; it waits for a timer then. */
export function waitsForItsTime(turn: Turn): boolean {
  const { scheduleDate } = turn.execution.fixed;
  if (scheduleDate === undefined || scheduleDate <= turn.context.now) return false;
  turn.effects.push({ type: "set-timer", key: "schedule", at: scheduleDate });
  return true;
}
