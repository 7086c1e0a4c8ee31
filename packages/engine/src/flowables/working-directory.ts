import { createBlock } from "../block.ts";
import { startAttempt } from "../run.ts";
import type { Flowable } from "./flowable.ts";

/** Its children run as one job of a worker, one after the other in one folder; they appear here as they end. */
export const workingDirectory: Flowable = {
  open: (turn, run) => {
    run.block ??= createBlock(run.node, run, { count: 0, lane: noLane, laneOf: () => 0 }, 1);
    startAttempt(turn, run);
    turn.effects.push({ type: "run-task", run, attempt: run.attempts.length });
    return undefined;
  },
};

function noLane(): never {
  throw new Error("the children of a WorkingDirectory are started by the worker");
}
