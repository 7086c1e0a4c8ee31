import { forceRun } from "../blocks/run.ts";
import { hasFailed } from "../blocks/tally.ts";
import type { Block, LiveRun, OnFailure } from "../execution/live.ts";
import { renderProperty } from "../execution/scope.ts";
import { log } from "../execution/states.ts";
import type { Turn } from "../turn.ts";
import { FlowableError } from "./flowable.ts";

/** `onChildFailure`, whatever the case of its letters, as in Kestra. */
export function onFailureOf(turn: Turn, run: LiveRun): OnFailure {
  const rendered = renderProperty(turn, run, run.node.task.properties["onChildFailure"]) ?? "FAIL";
  const policy = String(rendered).toUpperCase();
  if (policy === "FAIL" || policy === "CANCEL" || policy === "CONTINUE") return policy;
  throw new FlowableError(`\`onChildFailure\` must be FAIL, CANCEL or CONTINUE, but is \`${policy}\``);
}

/** A task failed for good: those that still run beside it, at every depth, end before the errors of their flowable begin. */
export function stopSiblings(turn: Turn, _run: LiveRun, block: Block): false {
  const { phase, onFailure, open, tally, cause = "a task beside it failed" } = block;
  if (phase !== "tasks" || onFailure === "CONTINUE" || open.size === 0 || !hasFailed(tally)) return false;
  for (const run of open.values()) {
    // Errors that run between two attempts become those of the flowable.
    if (run.lane.phase !== "tasks") continue;
    for (const leaf of leavesOf(run)) log(turn, leaf, "WARN", `It was stopped: ${cause}`);
    forceRun(turn, run, onFailure === "CANCEL" ? "CANCELLED" : "FAILED");
    open.delete(run.index);
  }
  return false;
}

function leavesOf(run: LiveRun): readonly LiveRun[] {
  return run.block === undefined ? [run] : [...run.block.open.values()].flatMap(leavesOf);
}
