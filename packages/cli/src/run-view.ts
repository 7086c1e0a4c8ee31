import { styleText } from "node:util";
import type { ExecutionAnswer, StateAnswer, TaskRunAnswer } from "@capstan/api";

export interface ShownLogLine {
  readonly level: string;
  readonly message: string;
  readonly taskId?: string | undefined;
}

/** Shows an execution while it runs. */
export interface RunView {
  update(execution: ExecutionAnswer): void;
  log(lines: readonly ShownLogLine[]): void;
  /** Shows the final state; nothing may be shown after it. */
  end(execution: ExecutionAnswer): void;
}

/** Where a view writes: a terminal of some size, or a file. */
export interface ViewOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly rows?: number;
  readonly columns?: number;
}

const REDRAW_MS = 80;
const ENDED: ReadonlySet<string> = new Set([
  "SUCCESS",
  "WARNING",
  "FAILED",
  "KILLED",
  "CANCELLED",
  "RETRIED",
  "SKIPPED",
]);

/** A tree that redraws itself on a terminal; elsewhere one line for each task run that ends. */
export function createRunView(output: ViewOutput & NodeJS.WritableStream): RunView {
  const paint: Paint = (format, text) => styleText(format, text, { stream: output });
  return output.isTTY === true ? createTreeView(output, paint) : createLineView(output, paint);
}

type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

function createLineView(output: ViewOutput, paint: Paint): RunView {
  const shown = new Set<string>();
  const update = (execution: ExecutionAnswer) => {
    for (const run of execution.taskRunList ?? []) {
      const key = `${run.id} ${run.state.current} ${run.state.histories.length}`;
      const isWorthALine = ENDED.has(run.state.current) || run.state.current === "PAUSED";
      if (!isWorthALine || shown.has(key)) continue;
      shown.add(key);
      output.write(`${paintState(run.state.current, paint)} ${nameOf(run)} ${lengthOf(run.state)}\n`);
    }
  };
  return {
    update,
    log: (lines) => void output.write(formatLogLines(lines, paint)),
    end: (execution) => {
      update(execution);
      output.write(summaryOf(execution, paint));
    },
  };
}

function createTreeView(output: ViewOutput, paint: Paint): RunView {
  let latest: ExecutionAnswer | undefined;
  let drawnLines = 0;
  let timer: NodeJS.Timeout | undefined;
  const erase = () => {
    if (drawnLines > 0) output.write(`\u001B[${drawnLines}A\u001B[J`);
    drawnLines = 0;
  };
  const draw = (isLast: boolean) => {
    if (latest === undefined) return;
    erase();
    const lines = treeLines(latest, paint, sizeOr(output.columns, 80));
    const room = isLast ? lines.length : Math.max(1, sizeOr(output.rows, 24) - 2);
    const kept =
      lines.length > room ? [paint("dim", `… ${lines.length - room + 1} above`), ...lines.slice(1 - room)] : lines;
    output.write(kept.map((line) => `${line}\n`).join(""));
    drawnLines = kept.length;
  };
  return {
    update(execution) {
      latest = execution;
      timer ??= setTimeout(() => {
        timer = undefined;
        draw(false);
      }, REDRAW_MS).unref();
    },
    log(lines) {
      erase();
      output.write(formatLogLines(lines, paint));
      draw(false);
    },
    end(execution) {
      clearTimeout(timer);
      latest = execution;
      draw(true);
      output.write(summaryOf(execution, paint));
    },
  };
}

/** A terminal that does not know its size says 0. */
function sizeOr(size: number | undefined, fallback: number): number {
  return size === undefined || size === 0 ? fallback : size;
}

/** One line a task run, children below their parents. */
function treeLines(execution: ExecutionAnswer, paint: Paint, columns: number): readonly string[] {
  const children = Map.groupBy(execution.taskRunList ?? [], ({ parentTaskRunId }) => parentTaskRunId);
  const lines: string[] = [];
  const add = (parent: string | undefined, indent: string) => {
    for (const run of children.get(parent) ?? []) {
      const name = `${indent}${nameOf(run)}`.slice(0, Math.max(10, columns - 24));
      lines.push(
        `${mark(run.state.current, paint)} ${name} ${paint("dim", `${run.state.current} ${lengthOf(run.state)}`)}`,
      );
      add(run.id, `${indent}  `);
    }
  };
  add(undefined, "");
  return lines;
}

function summaryOf(execution: ExecutionAnswer, paint: Paint): string {
  const { state, namespace, flowId, id, outputs, error } = execution;
  const why = error === undefined ? "" : `${error}\n`;
  const results = Object.entries(outputs ?? {}).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  return `${why}${paintState(state.current, paint)} ${namespace}.${flowId} ${lengthOf(state)} ${paint("dim", id)}\n${results.join("")}`;
}

/** One line a message, with its level and task. */
export function formatLogLines(lines: readonly ShownLogLine[], paint: Paint): string {
  return lines
    .map(({ level, taskId, message }) => {
      const colour = level === "ERROR" ? "red" : level === "WARN" ? "yellow" : "dim";
      return `${paint(colour, `${level} ${taskId ?? "flow"}:`)} ${message.replaceAll("\n", "\n  ")}\n`;
    })
    .join("");
}

function nameOf(run: TaskRunAnswer): string {
  return run.value === undefined ? run.taskId : `${run.taskId}[${run.value}]`;
}

function lengthOf(state: StateAnswer): string {
  const endMs = state.endDate === undefined ? Date.now() : Date.parse(state.endDate);
  const seconds = Math.max(0, endMs - Date.parse(state.startDate)) / 1000;
  return seconds < 60
    ? `${seconds.toFixed(seconds < 10 ? 2 : 1)}s`
    : `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`;
}

function mark(state: string, paint: Paint): string {
  if (state === "SUCCESS") return paint("green", "✓");
  if (state === "WARNING") return paint("yellow", "!");
  if (state === "FAILED" || state === "KILLED") return paint("red", "✗");
  return state === "RUNNING" ? paint("cyan", "●") : paint("dim", "○");
}

function paintState(state: string, paint: Paint): string {
  if (state === "SUCCESS") return paint("green", state);
  return paint(state === "FAILED" || state === "KILLED" ? "red" : "yellow", state);
}
