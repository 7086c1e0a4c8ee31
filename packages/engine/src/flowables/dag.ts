import { laneEach } from "../blocks/block.ts";
import type { PlanNode } from "../plan.ts";
import { concurrencyOf } from "./concurrency.ts";
import type { Flowable } from "./flowable.ts";
import { onFailureOf, stopSiblings } from "./siblings.ts";

/** Starts a child when all that it depends on have ended, in whatever state that lets the Dag go on. */
export const dag: Flowable = {
  open: (turn, run) => {
    const list = run.node.lists["tasks"] ?? [];
    const dependencies = dependenciesOf(list, run.node.task.dependsOn ?? {});
    return {
      source: { ...laneEach(list), dependencies, onFailure: onFailureOf(turn, run) },
      limit: concurrencyOf(turn, run, "concurrent", 0),
    };
  },
  listEnded: stopSiblings,
};

/** Disabled children are not in the list: nobody waits for them. */
function dependenciesOf(list: readonly PlanNode[], dependsOn: Readonly<Record<string, readonly string[]>>) {
  const positions = new Map(list.map((node, position) => [node.id, position]));
  const dependants: number[][] = list.map(() => []);
  const needs = list.map((node, position) => {
    const waitsFor = new Set(dependsOn[node.id] ?? []);
    let count = 0;
    for (const id of waitsFor) {
      const other = positions.get(id);
      if (other === undefined) continue;
      dependants[other]!.push(position);
      count += 1;
    }
    return count;
  });
  return { needs, dependants };
}
