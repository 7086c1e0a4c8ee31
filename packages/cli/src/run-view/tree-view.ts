import type { ExecutionAnswer } from "@capstan/api";
import { textWidth } from "../terminal/text-width.ts";
import { treeLines } from "./run-tree.ts";
import type { Paint, RunView, ViewOutput } from "./run-view.ts";
import { formatLogLines, summaryOf } from "./wording.ts";

const REDRAW_MS = 80;
/** Drawing takes at most one part in so many of the time, however large the tree grows. */
const DRAWING_SHARE = 10;

/**
 * A tree that stays at the bottom of the terminal and is drawn over itself; log lines scroll away above it. What comes
 * between two drawings is shown with the second one, so that a flood of lines costs no more than one drawing.
 */
export function createTreeView(output: ViewOutput, paint: Paint): RunView {
  let latest: ExecutionAnswer | undefined;
  let waiting = "";
  let drawn: readonly string[] = [];
  let timer: NodeJS.Timeout | undefined;

  const draw = (isLast: boolean) => {
    const startedMs = performance.now();
    const erase = eraseOf(drawn, columnsOf(output));
    drawn = latest === undefined ? [] : treeLines(latest, sizeOf(output, isLast), paint, Date.now());
    output.write(`${erase}${waiting}${drawn.map((line) => `${line}\n`).join("")}`);
    waiting = "";
    return performance.now() - startedMs;
  };
  /** Draws until the end, also when nothing happens: the durations of what runs grow. */
  const schedule = (delayMs: number) => {
    timer = setTimeout(() => schedule(Math.max(REDRAW_MS, draw(false) * DRAWING_SHARE)), delayMs).unref();
  };
  const above = (text: string) => {
    waiting += text;
    if (timer === undefined) schedule(REDRAW_MS);
  };
  return {
    update(execution) {
      latest = execution;
      above("");
    },
    log: (lines) => above(formatLogLines(lines, paint)),
    notice: (text) => above(`${paint("yellow", text)}\n`),
    end(execution) {
      clearTimeout(timer);
      latest = execution;
      draw(true);
      output.write(summaryOf(execution, paint, Date.now()));
    },
    close: () => clearTimeout(timer),
  };
}

/**
 * Goes back to the start of the first drawn line: a terminal that became narrower has broken long lines into several, and
 * one that shows `^C` has moved the cursor.
 */
function eraseOf(lines: readonly string[], columns: number): string {
  if (lines.length === 0) return "";
  const rows = lines.map((line) => Math.max(1, Math.ceil(textWidth(line) / columns)));
  return `\r\u001B[${rows.reduce((sum, count) => sum + count, 0)}A\u001B[J`;
}

function sizeOf(output: ViewOutput, isLast: boolean) {
  const columns = columnsOf(output);
  return isLast ? { columns } : { columns, rows: Math.max(1, (output.rows || 24) - 2) };
}

/** A terminal that does not know its size says 0. */
function columnsOf(output: ViewOutput): number {
  return output.columns || 80;
}
