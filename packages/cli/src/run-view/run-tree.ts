import type { ExecutionAnswer, TaskRunAnswer } from "@capstan/api";
import { isTerminal, type State } from "@capstan/model";
import { cutToWidth, padToWidth, textWidth } from "../terminal/text-width.ts";
import type { Paint } from "./run-view.ts";
import { attemptOf, isTrouble, lengthOf, markOf, nameOf } from "./wording.ts";

/** A loop with more iterations than this shows only those that run or went wrong, at most so many of each. */
export const ITERATIONS_SHOWN_MAX = 5;
const STATE_COLUMNS = 9;

export interface TreeSize {
  readonly columns: number;
  /** Most lines; without it, the whole tree. */
  readonly rows?: number;
}

/** One line a task run, children below their parents; each line fits the columns, all of them the rows. */
export function treeLines(execution: ExecutionAnswer, size: TreeSize, paint: Paint, now: number): readonly string[] {
  const runs = execution.taskRunList ?? [];
  const tree: Tree = {
    children: Map.groupBy(runs, ({ parentTaskRunId }) => parentTaskRunId),
    isLive: !isTerminal(execution.state.current),
  };
  const rows = size.rows ?? Number.POSITIVE_INFINITY;
  let lines = childLines(tree, undefined, 0, false);
  // Where all do not fit, what ended well is folded first, then the start is left out.
  if (lines.length > rows) lines = childLines(tree, undefined, 0, true);
  const hidden = lines.length > rows ? lines.length - rows + 1 : 0;
  const shown = lines.slice(hidden);
  const nameColumns = Math.min(
    Math.max(10, size.columns - STATE_COLUMNS - 12),
    Math.max(0, ...shown.map(({ indent, name }) => indent + 2 + textWidth(name))),
  );
  const drawn = shown.map((line) => drawLine(line, nameColumns, size.columns, paint, now));
  return hidden === 0 ? drawn : [paint("dim", `… ${hidden} more lines above`), ...drawn];
}

interface Tree {
  readonly children: ReadonlyMap<string | undefined, readonly TaskRunAnswer[]>;
  readonly isLive: boolean;
}

interface Line {
  readonly indent: number;
  readonly name: string;
  readonly run: TaskRunAnswer;
  readonly detail?: string;
}

function childLines(tree: Tree, parent: string | undefined, depth: number, isFolded: boolean): readonly Line[] {
  const children = tree.children.get(parent) ?? [];
  const iterations = Map.groupBy(children, ({ iteration }) => iteration);
  const isLong = iterations.size > ITERATIONS_SHOWN_MAX;
  const shown = isLong ? chosenIterations(iterations) : [...iterations.values()];
  return shown.flat().flatMap((run) => {
    const detail = [attemptOf(run), countsOf(tree, run)].filter((text) => text !== undefined).join(", ");
    const line: Line = { indent: depth * 2, name: nameOf(run), run, ...(detail !== "" && { detail }) };
    const isQuiet = isFolded && isTerminal(run.state.current) && !isTrouble(run.state.current);
    return isQuiet ? [line] : [line, ...childLines(tree, run.id, depth + 1, isFolded)];
  });
}

/** The first iterations that went wrong and the first that still run. */
function chosenIterations(
  iterations: ReadonlyMap<number | undefined, readonly TaskRunAnswer[]>,
): readonly (readonly TaskRunAnswer[])[] {
  const kinds = Map.groupBy(iterations.values(), (runs) => {
    const state = stateOf(runs);
    return isTrouble(state) ? "trouble" : isTerminal(state) ? "fine" : "running";
  });
  return (["trouble", "running"] as const).flatMap((kind) => kinds.get(kind)?.slice(0, ITERATIONS_SHOWN_MAX) ?? []);
}

/** The state of an iteration, by the runs of its tasks: what went wrong in it, or else what it does. */
function stateOf(runs: readonly TaskRunAnswer[]): State {
  const states = runs.map(({ state }) => state.current);
  return states.find(isTrouble) ?? states.find((state) => !isTerminal(state)) ?? "SUCCESS";
}

/** What a loop has done, such as `200 iterations, 10 running, 1 failed`; undefined for all else. */
function countsOf({ children, isLive }: Tree, run: TaskRunAnswer): string | undefined {
  const iterations = Map.groupBy(children.get(run.id) ?? [], ({ iteration }) => iteration);
  if (iterations.size <= ITERATIONS_SHOWN_MAX) return undefined;
  const counts = new Map<string, number>();
  for (const runs of iterations.values()) {
    const state = stateOf(runs);
    const kind = isTrouble(state) ? state.toLowerCase() : isTerminal(state) || !isLive ? undefined : "running";
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [`${iterations.size} iterations`, ...Array.from(counts, ([kind, count]) => `${count} ${kind}`)].join(", ");
}

function drawLine(
  { indent, name, run, detail }: Line,
  nameColumns: number,
  columns: number,
  paint: Paint,
  now: number,
) {
  const state = run.state.current;
  const left = padToWidth(cutToWidth(`${" ".repeat(indent)}  ${name}`, nameColumns), nameColumns);
  const marked = `${left.slice(0, indent)}${markOf(state, paint)}${left.slice(indent + 1)}`;
  const rest = `${state.padEnd(STATE_COLUMNS)} ${lengthOf(run.state, now)}${detail === undefined ? "" : `  ${detail}`}`;
  return `${marked}  ${paint("dim", cutToWidth(rest, Math.max(0, columns - nameColumns - 3)))}`;
}
