import { forceOpen } from "../blocks/run.ts";
import type { State } from "../execution/execution.ts";
import type { LiveRun } from "../execution/live.ts";
import { setRunState } from "../execution/states.ts";
import type { Turn } from "../turn.ts";

/** Ends a task run and those around it up to `top`, with all that is open below them; answers nothing to their blocks. */
export function endUpTo(turn: Turn, run: LiveRun, top: LiveRun | undefined, state: State): void {
  for (let current: LiveRun | undefined = run; current !== undefined; current = current.parent) {
    if (current.block !== undefined) {
      current.block.ended = true;
      forceOpen(turn, current.block.open, state, state !== "KILLED");
    }
    current.lane.block.open.delete(current.index);
    setRunState(turn, current, state);
    if (current === top) return;
  }
}

/** The task run that an execution, or what runs after it, has at the top of this one. */
export function topmost(run: LiveRun): LiveRun {
  let top = run;
  while (top.parent !== undefined) top = top.parent;
  return top;
}
