/** How the main children of a block ended, and what follows from it. */
import type { State } from "../execution/execution.ts";
import type { Block, LiveRun, Tally } from "../execution/live.ts";

/** State of a flowable from its main children. SKIPPED and CANCELLED count as success. */
export function stateOf(tally: Tally): State {
  if (tally.killed > 0) return "KILLED";
  if (tally.failed > 0) return "FAILED";
  return tally.warning > 0 ? "WARNING" : "SUCCESS";
}

/** A child failed, and that ends the block's tasks. */
export function isGivenUp({ source, tally }: Block): boolean {
  return source.goesOn !== true && hasFailed(tally);
}

export function hasFailed({ failed, killed }: Tally): boolean {
  return failed + killed > 0;
}

export function stopsTheLine(state: State): boolean {
  return state === "FAILED" || state === "KILLED";
}

/** Counts a main child that ended. */
export function countChild(block: Block, { state, error }: LiveRun): void {
  count(block.tally, state);
  if (state === "FAILED") block.cause ??= error;
}

function count(tally: Tally, state: State): void {
  if (state === "KILLED") tally.killed += 1;
  else if (state === "FAILED") tally.failed += 1;
  else if (state === "WARNING") tally.warning += 1;
}
