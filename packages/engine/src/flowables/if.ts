import { oneLane } from "../blocks/block.ts";
import { renderTruth } from "../execution/scope.ts";
import type { Flowable } from "./flowable.ts";

/** Runs `then` or `else`; the condition is rendered once, when it starts. */
export const ifElse: Flowable = {
  open: (turn, run) => {
    const known = run.outputs?.["evaluationResult"];
    const holds = typeof known === "boolean" ? known : renderTruth(turn, run, conditionOf(run.node.task.properties));
    const list = run.node.lists[holds ? "then" : "else"] ?? [];
    return { source: oneLane(list), limit: 1, outputs: { evaluationResult: holds } };
  },
};

function conditionOf(properties: Readonly<Record<string, unknown>>): string {
  const { condition } = properties;
  return typeof condition === "string" ? condition : String(condition ?? "");
}
