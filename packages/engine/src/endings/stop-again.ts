import { isTerminal, type State } from "../execution/execution.ts";
import type { Block, LiveRun } from "../execution/live.ts";
import { countAttempt, endAttempt, leavePause } from "../blocks/run.ts";
import { setRunState } from "../execution/states.ts";
import { stopChildrenAgain } from "../children/subflow.ts";
import type { Turn } from "../turn.ts";

/**
 * Goes on with a stop that the end of the process interrupted. What workers ran is gone with them and is not given out
 * again; children of the execution are told once more, and asked how they ended.
 */
export function stopAgain(turn: Turn, open: readonly LiveRun[], state: State): void {
  // Nothing that was rebuilt starts any more.
  turn.agenda.length = 0;
  for (const run of open.toReversed()) {
    if (isTerminal(run.state)) continue;
    if (run.node.task.kind === "executable" && stopChildrenAgain(turn, run)) continue;
    countAttempt(turn, run);
    endAttempt(turn, run, state);
    if (run.block === undefined) endStopped(turn, run, state);
    else closeWithoutChildren(turn, run.block);
  }
  closeWithoutChildren(turn, turn.execution.root);
}

function endStopped(turn: Turn, run: LiveRun, state: State): void {
  leavePause(turn.execution, run);
  setRunState(turn, run, state);
  turn.agenda.push({ do: "ended", run });
}

function closeWithoutChildren(turn: Turn, block: Block): void {
  if (block.open.size === 0) turn.agenda.push({ do: "close", block });
}
