import type { HistoryEntryAnswer, ReasonAnswer } from "@capstan/api";
import type { Paint } from "../run-view/run-view.ts";
import { markOf, paintState } from "../run-view/wording.ts";
import { readableDuration } from "../terminal/readable-duration.ts";
import { withoutControls } from "../terminal/text-width.ts";

/** A date as a person reads it: `3m 05s ago`, or `in 2h 00m`. */
export function relativeTime(instant: string, now: number): string {
  const ms = Date.parse(instant) - now;
  return ms > 0 ? `in ${readableDuration(ms)}` : `${readableDuration(-ms)} ago`;
}

/** `task[value] #2`, or the execution itself. */
export function subjectOf({ taskRun }: Pick<HistoryEntryAnswer, "taskRun">): string {
  if (taskRun === undefined) return "execution";
  const value = taskRun.value === undefined ? "" : `[${oneLine(taskRun.value)}]`;
  const attempt = taskRun.attempt === undefined || taskRun.attempt < 2 ? "" : ` #${taskRun.attempt}`;
  return `${taskRun.taskId}${value}${attempt}`;
}

/** `RUNNING → FAILED`. */
export function changeOf({ from, to }: Pick<HistoryEntryAnswer, "from" | "to">, paint: Paint): string {
  if (to === undefined) return "";
  const state = `${markOf(to, paint)} ${paintState(to, paint)}`;
  return from === undefined ? state : `${state} ${paint("dim", `from ${from}`)}`;
}

/** Why, in one line, with who did it and how long after its date comes what follows. */
export function reasonText({ text, by, until, executionIds = [], condition }: ReasonAnswer, date: string): string {
  const parts = [
    text,
    ...(by === undefined ? [] : [`by ${by}`]),
    ...(until === undefined ? [] : [`next after ${readableDuration(Date.parse(until) - Date.parse(date))}`]),
    ...(condition?.expression === undefined ? [] : [condition.expression]),
    ...executionIds.filter((id) => !text.includes(id)),
  ];
  return oneLine(parts.join(" · "));
}

/** Values that a condition read, one line each: `outputs.check.value = "no"`. */
export function valueLines(values: Readonly<Record<string, string>> | undefined): readonly string[] {
  return Object.entries(values ?? {}).map(([name, value]) => oneLine(`${name} = ${value}`));
}

/** Text of flows and tasks on one line of a terminal. */
export function oneLine(text: string): string {
  return withoutControls(text).replaceAll(/\s+/g, " ").trim();
}
