import { laneEach } from "../blocks/block.ts";
import { concurrencyOf } from "./concurrency.ts";
import type { Flowable } from "./flowable.ts";

/** Starts its children in their order, up to `concurrent` at once. */
export const parallel: Flowable = {
  open: (turn, run) => ({
    source: laneEach(run.node.lists["tasks"] ?? []),
    limit: concurrencyOf(turn, run, "concurrent", 0),
  }),
};
