import { forceOpen } from "../blocks/run.ts";
import { isTerminal, type State } from "../execution/execution.ts";
import { topOfIteration } from "../execution/iteration.ts";
import type { LiveRun } from "../execution/live.ts";
import { remember, setRunState } from "../execution/states.ts";
import type { Turn } from "../turn.ts";
import { endUpTo, topmost } from "./end-up-to.ts";
import { stopAll, windUp } from "./kill.ts";

/**
 * Ends a task run and what is around it: the iteration of the nearest Loop, what runs after the end, or the execution. That one
 * lets end what workers run, and still runs the `finally` of the flow; KILLED stops everything.
 */
export function endAround(turn: Turn, run: LiveRun, state: State): void {
  const { execution } = turn;
  const iteration = topOfIteration(run);
  if (iteration !== undefined) endIteration(turn, run, iteration, state);
  else if (isTerminal(execution.state)) endAfter(turn, run, state);
  else if (state === "KILLED") stopAll(turn, state);
  else {
    remember(turn, run, { verdict: state });
    setRunState(turn, run, state);
    turn.agenda.push({ do: "ended", run });
    windUp(turn, state);
  }
}

function endIteration(turn: Turn, run: LiveRun, top: LiveRun, state: State): void {
  endUpTo(turn, run, top, state);
  remember(turn, top, { endsLane: true });
  top.lane.next = top.lane.list.length;
  turn.agenda.push({ do: "ended", run: top });
}

function endAfter(turn: Turn, run: LiveRun, state: State): void {
  endUpTo(turn, run, undefined, state);
  const { block } = topmost(run).lane;
  forceOpen(turn, block.open, state, state !== "KILLED");
  block.ended = true;
}
