import { oneLane } from "../blocks/block.ts";
import type { Flowable } from "./flowable.ts";

/** Runs its children one after the other; ends with the first child that stops the line. */
export const sequential: Flowable = {
  open: (_turn, run) => ({ source: oneLane(run.node.lists["tasks"] ?? []), limit: 1 }),
};
