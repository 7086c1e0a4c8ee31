/**
 * A lane of a source with lists of its own, such as an iteration of a Loop, goes through up to three parts:
 *
 *   tasks   → errors    one of its tasks failed for good, and there are errors
 *   tasks   → finally   its tasks are through, or failed without errors; or another lane failed, which ends the tasks of all
 *   errors  → finally   its errors are through, however they ended
 *   any     → through   nothing is left
 *
 * The block waits for all lanes that have begun, and only their tasks count for its state.
 */
import type { State } from "../execution/execution.ts";
import type { Lane, LanePart, OwnLists } from "../execution/live.ts";
import { isGivenUp, stopsTheLine } from "./tally.ts";

const PARTS: readonly LanePart[] = ["tasks", "errors", "finally"];

/** Turns to what comes after a child of the lane that ended in this state; answers whether there is anything. */
export function goOnInLane(lane: Lane, own: OwnLists, state: State): boolean {
  const isMain = lane.part === "tasks";
  const hasFailed = isMain && stopsTheLine(state);
  const isOver = hasFailed || (isMain && isGivenUp(lane.block));
  if (!isOver && lane.next < lane.list.length) return true;
  const next = partAfter(lane.part, own, hasFailed);
  if (next === undefined) return false;
  enterPart(lane, own, next);
  return true;
}

/** Brings a lane to a part that it has not come to yet; it never goes back. */
export function enterPart(lane: Lane, own: OwnLists, part: LanePart): void {
  if (part === "tasks" || PARTS.indexOf(part) <= PARTS.indexOf(lane.part)) return;
  lane.part = part;
  lane.list = own[part];
  lane.next = 0;
}

function partAfter(part: LanePart, own: OwnLists, failed: boolean): "errors" | "finally" | undefined {
  if (failed && own.errors.length > 0) return "errors";
  return part !== "finally" && own.finally.length > 0 ? "finally" : undefined;
}
