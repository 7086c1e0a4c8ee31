import { createBlock, oneLane } from "../blocks/block.ts";
import type { LaneSource, LiveRun } from "../execution/live.ts";
import { startAttempt } from "../blocks/run.ts";
import { chooseTarget, giveOut } from "../blocks/worker-target.ts";
import type { Flowable } from "./flowable.ts";

/** Its children run as one job of a worker, one after the other in one folder; they appear here as they end. */
export const workingDirectory: Flowable = {
  open: (turn, run) => {
    chooseTarget(turn, run);
    run.block = createBlock(run.node, run, lanesOf(run), 1);
    startAttempt(turn, run);
    giveOut(turn, run, run.attempts.length);
    return undefined;
  },
  reopen: (_turn, run) => ({ source: lanesOf(run), limit: 1 }),
};

/** No lane is ever opened: the worker starts the children. */
function lanesOf(run: LiveRun): LaneSource {
  return { ...oneLane(run.node.lists["tasks"] ?? []), count: 0 };
}
