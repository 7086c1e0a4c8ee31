import { laneEach } from "../blocks/block.ts";
import { concurrencyOf } from "./concurrency.ts";
import type { Flowable } from "./flowable.ts";
import { onFailureOf, stopSiblings } from "./siblings.ts";

/** Starts its children in their order, up to `concurrent` at once. */
export const parallel: Flowable = {
  open: (turn, run) => ({
    source: { ...laneEach(run.node.lists["tasks"] ?? []), onFailure: onFailureOf(turn, run) },
    limit: concurrencyOf(turn, run, "concurrent", 0),
  }),
  listEnded: stopSiblings,
};
