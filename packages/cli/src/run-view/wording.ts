import type { ExecutionAnswer, StateAnswer, TaskRunAnswer } from "@capstan/api";
import { isTerminal } from "@capstan/model";
import { readableDuration } from "../terminal/readable-duration.ts";
import { cutToWidth, withoutControls } from "../terminal/text-width.ts";
import type { Paint, ShownLogLine } from "./run-view.ts";

const VALUE_COLUMNS_MAX = 40;

/** A run that a reader must see: it ended, and not well. */
export function isTrouble(state: string): boolean {
  return state === "FAILED" || state === "KILLED" || state === "WARNING" || state === "CANCELLED";
}

/** Stands for a state in one column, also where there are no colours. */
export function markOf(state: string, paint: Paint): string {
  if (state === "SUCCESS") return paint("green", "✓");
  if (state === "WARNING") return paint("yellow", "!");
  if (state === "FAILED" || state === "KILLED" || state === "CANCELLED") return paint("red", "✗");
  if (state === "RETRYING" || state === "RETRIED") return paint("yellow", "↻");
  if (state === "PAUSED") return paint("yellow", "‖");
  if (state === "SKIPPED") return paint("dim", "-");
  return state === "RUNNING" ? paint("cyan", "●") : paint("dim", "○");
}

export function paintState(state: string, paint: Paint): string {
  if (state === "SUCCESS") return paint("green", state);
  return paint(state === "FAILED" || state === "KILLED" ? "red" : "yellow", state);
}

/** `task[value]`, with a value that a loop gave it, on one line. */
export function nameOf({ taskId, value }: TaskRunAnswer): string {
  if (value === undefined) return taskId;
  return `${taskId}[${cutToWidth(withoutControls(value).replaceAll(/\s+/g, " "), VALUE_COLUMNS_MAX)}]`;
}

export function lengthOf(state: StateAnswer, now: number): string {
  const endMs = state.endDate === undefined ? now : Date.parse(state.endDate);
  return readableDuration(endMs - Date.parse(state.startDate));
}

/** `attempt 3` from the second one on. */
export function attemptOf({ attempts }: TaskRunAnswer): string | undefined {
  return attempts.length > 1 ? `attempt ${attempts.length}` : undefined;
}

/** One line a message, with its level and task; further lines of it are indented. */
export function formatLogLines(lines: readonly ShownLogLine[], paint: Paint): string {
  return lines
    .map(({ level, taskId, message }) => {
      const colour = level === "ERROR" ? "red" : level === "WARN" ? "yellow" : "dim";
      const text = withoutControls(message).trimEnd().replaceAll("\n", "\n  ");
      return `${paint(colour, `${level} ${taskId ?? "flow"}:`)} ${text}\n`;
    })
    .join("");
}

/** The last lines of a view: why it failed, the state, and the outputs. */
export function summaryOf(execution: ExecutionAnswer, paint: Paint, now: number): string {
  const { state, namespace, flowId, id, outputs, error, taskRunList = [] } = execution;
  const why = error === undefined ? "" : `${withoutControls(error)}\n`;
  const entries = Object.entries(outputs ?? {});
  const nameColumns = Math.max(0, ...entries.map(([key]) => key.length));
  const results = entries.map(([key, value]) => `  ${`${key}:`.padEnd(nameColumns + 1)} ${JSON.stringify(value)}\n`);
  const waiting = taskRunList.filter((run) => run.state.current === "PAUSED").map(({ taskId }) => taskId);
  const pause = isTerminal(state.current) || waiting.length === 0 ? "" : `  waits for ${waiting.join(", ")}\n`;
  const head = `${paintState(state.current, paint)} ${namespace}.${flowId} ${lengthOf(state, now)} ${paint("dim", id)}`;
  return `${why}${head}\n${pause}${results.join("")}`;
}
