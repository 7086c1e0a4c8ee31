import type { ExecutionAnswer, TaskRunAnswer } from "@capstan/api";
import { isTerminal } from "@capstan/model";
import type { Paint, RunView, ViewOutput } from "./run-view.ts";
import { attemptOf, formatLogLines, isTrouble, lengthOf, nameOf, paintState, summaryOf } from "./wording.ts";

/** So many runs of a loop are told one by one; of the others only those that go wrong. */
export const ITERATION_LINES_MAX = 20;

/** One line for each task run that ends or waits, told once, children before their parents. */
export function createLineView(output: ViewOutput, paint: Paint): RunView {
  const told = new Set<string>();
  const toldOf = new Map<string, number>();
  const update = (execution: ExecutionAnswer) => {
    for (const run of newsOf(execution, told)) {
      const loop = run.value === undefined ? undefined : run.parentTaskRunId;
      if (loop !== undefined && !isTrouble(run.state.current)) {
        const count = (toldOf.get(loop) ?? 0) + 1;
        toldOf.set(loop, count);
        if (count === ITERATION_LINES_MAX + 1)
          output.write(`${paint("dim", `… more runs of ${run.taskId}: told when one does not succeed`)}\n`);
        if (count > ITERATION_LINES_MAX) continue;
      }
      output.write(`${lineOf(run, paint)}\n`);
    }
  };
  return {
    update,
    log: (lines) => void output.write(formatLogLines(lines, paint)),
    notice: (text) => void output.write(`${paint("yellow", text)}\n`),
    end: (execution) => {
      update(execution);
      output.write(summaryOf(execution, paint, Date.now()));
    },
    close: () => undefined,
  };
}

/** Runs that reached a state worth telling since the last call, in the order in which they did. */
function newsOf({ taskRunList = [] }: ExecutionAnswer, told: Set<string>): readonly TaskRunAnswer[] {
  const depths = new Map<string, number>();
  const news: { readonly run: TaskRunAnswer; readonly at: string; readonly depth: number }[] = [];
  for (const run of taskRunList) {
    const depth = run.parentTaskRunId === undefined ? 0 : (depths.get(run.parentTaskRunId) ?? 0) + 1;
    depths.set(run.id, depth);
    const { current, histories } = run.state;
    const key = `${run.id} ${current} ${histories.length}`;
    if ((!isTerminal(current) && current !== "PAUSED") || told.has(key)) continue;
    told.add(key);
    news.push({ run, at: histories.at(-1)?.date ?? "", depth });
  }
  // A parent ends, at the earliest, in the same millisecond as the last of its children.
  return news.toSorted((a, b) => (a.at === b.at ? b.depth - a.depth : a.at < b.at ? -1 : 1)).map(({ run }) => run);
}

function lineOf(run: TaskRunAnswer, paint: Paint): string {
  const attempt = attemptOf(run);
  const length = lengthOf(run.state, Date.now());
  return `${paintState(run.state.current, paint)} ${nameOf(run)} ${length}${attempt === undefined ? "" : ` (${attempt})`}`;
}
