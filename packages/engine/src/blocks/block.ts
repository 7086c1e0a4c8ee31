/**
 * A block works through the children of a flowable (or of the execution) in up to three lists, its phases:
 *
 *   tasks    lanes, as many at once as the flowable allows; a lane runs its tasks one after the other
 *   errors   entered when a main child failed for good: one lane
 *   finally  entered when tasks (and errors) are through: one lane
 *
 *   tasks   → errors    a main child failed, and there are errors tasks; lanes still open are left to themselves
 *   tasks   → finally   all lanes are through, or a child failed and there are no errors tasks
 *   errors  → finally   the errors lane is through
 *   any     → closed    nothing is left; the block's state is that of its main children
 *
 * Beside the lanes of `tasks`, a lane of errors may run between two attempts of a task; see `between-attempts.ts`. Where the
 * lists belong to each lane, as in a Loop, the block has its first phase only; see `lane-parts.ts`.
 *
 * Every transition costs the same, whatever the number of children: the block counts, it never looks its children over.
 */
import type { Between, Block, Lane, LaneSource, LiveRun, Phase } from "../execution/live.ts";
import type { PlanNode } from "../plan.ts";
import { errorEnded, releaseAttempts } from "./between-attempts.ts";
import { TurnoverMap } from "../execution/turnover-map.ts";
import { goOnInLane } from "./lane-parts.ts";
import { countChild, hasFailed, isGivenUp, stopsTheLine } from "./tally.ts";
import type { Turn } from "../turn.ts";

export function createBlock(node: PlanNode, owner: LiveRun | undefined, source: LaneSource, limit: number): Block {
  const block: Block = {
    owner,
    node,
    phase: "tasks",
    source,
    onFailure: source.onFailure ?? "FAIL",
    limit: limit > 0 ? limit : Number.POSITIVE_INFINITY,
    ready: undefined,
    waiting: undefined,
    nextLane: 0,
    openLanes: 0,
    isStarting: false,
    open: new TurnoverMap(),
    between: undefined,
    tally: { killed: 0, failed: 0, warning: 0 },
    cause: undefined,
    ended: false,
  };
  if (source.dependencies !== undefined) prepareDependencies(block, source.dependencies);
  return block;
}

/** One lane: the tasks of a list in their order. */
export function oneLane(list: readonly PlanNode[], lane: { iteration?: number } = {}): LaneSource {
  return { count: list.length === 0 ? 0 : 1, lane: () => ({ list, ...lane }), laneOf: () => 0 };
}

/** A lane for every task. */
export function laneEach(list: readonly PlanNode[]): LaneSource {
  return {
    count: list.length,
    lane: (number) => ({ list: [list[number]!] }),
    laneOf: ({ node }) => node.position,
  };
}

/** Lanes that one turn starts; with more, what they bring about would fill the memory before any of it is written. */
export const LANES_PER_TURN_MAX = 250;

/** Starts lanes up to the limit, some now and some in a turn of its own; ends the phase when none is open and none is left. */
export function proceed(turn: Turn, block: Block): void {
  if (block.isStarting) return;
  const started: Lane[] = [];
  while (block.openLanes < block.limit) {
    if (started.length === LANES_PER_TURN_MAX && block.owner !== undefined) {
      block.isStarting = true;
      turn.effects.push({ type: "start-lanes", run: block.owner });
      break;
    }
    const number = takeLane(block);
    if (number === undefined) break;
    started.push(openLane(block, number));
  }
  // The agenda is taken from its end: the first lane must come last.
  const isTogether = started.length > 1;
  for (let position = started.length - 1; position >= 0; position -= 1)
    turn.agenda.push({ do: "next", lane: started[position]!, isTogether });
  if (block.openLanes === 0) turn.agenda.push({ do: "phase-ended", block });
}

/** The turn in which a block goes on to start its lanes. */
export function startLanes(turn: Turn, block: Block): void {
  if (!block.isStarting || block.ended || turn.execution.stopping !== undefined) return;
  block.isStarting = false;
  proceed(turn, block);
}

export function openLane(block: Block, number: number): Lane {
  const { list, value, iteration } = block.source.lane(number);
  block.openLanes += 1;
  return { block, phase: block.phase, number, part: "tasks", list, value, iteration, next: 0, beside: 0 };
}

/** A child ended: the lane goes on, the lane is through, or the block turns to its errors. */
export function childEnded(turn: Turn, run: LiveRun): void {
  const { lane } = run;
  const { block } = lane;
  block.open.delete(run.index);
  // A pause may hold back what is to be decided about an earlier failure.
  const isDecided = lane.phase === "tasks" && isGivenUp(block);
  if (lane.phase === "tasks" && lane.part === "tasks") countChild(block, run);
  if (block.ended) return;
  if (turn.execution.stopping !== undefined && lane.phase !== "after") {
    if (block.open.size === 0) turn.agenda.push({ do: "close", block });
    return;
  }
  if (lane.phase === "between") return errorEnded(turn, run);
  if (lane.phase !== block.phase) return;
  const { own, goesOn } = block.source;
  const stops = lane.phase === "tasks" && stopsTheLine(run.state);
  if (lane.beside > 0 && !(stops && (own !== undefined || goesOn !== true))) {
    lane.beside -= 1;
    if (stops) lane.next = lane.list.length;
    return;
  }
  if (own !== undefined) {
    if (goOnInLane(lane, own, run.state)) turn.agenda.push({ do: "next", lane });
    else laneEnded(turn, lane);
    return;
  }
  if (isDecided) return;
  if (stops && goesOn !== true) turn.agenda.push({ do: "phase-ended", block });
  else if (!stops && lane.next < lane.list.length) turn.agenda.push({ do: "next", lane });
  else laneEnded(turn, lane);
}

/** While a pause held the lane back, a child of another one failed: as after a restart, that is decided about first. */
export function isGivenUpMeanwhile({ block, phase, part }: Lane): boolean {
  return phase === "tasks" && part === "tasks" && isGivenUp(block);
}

/** The tasks of the lane are over, as if the failure had come before its last one ended; answers whether another list of its own comes now. */
export function goOnAfterFailure(turn: Turn, lane: Lane): boolean {
  const { own } = lane.block.source;
  if (own === undefined) return false;
  if (lane.next === 0) leaveLane(turn, lane);
  else if (goOnInLane(lane, own, "SUCCESS")) return true;
  else laneEnded(turn, lane);
  return false;
}

export function laneEnded(turn: Turn, lane: Lane): void {
  if (lane.phase === "tasks" && lane.block.source.breaksAfter !== undefined) turn.agenda.push({ do: "break", lane });
  else leaveLane(turn, lane);
}

/** Leaves a lane after a look at what it came to. */
export function leaveAfterLook(turn: Turn, lane: Lane): void {
  const { block } = lane;
  if (block.ended) return;
  if (block.source.breaksAfter?.(turn, lane.number) === true) block.nextLane = block.source.count;
  leaveLane(turn, lane);
}

function leaveLane(turn: Turn, lane: Lane): void {
  const { block } = lane;
  block.openLanes -= 1;
  if (block.waiting !== undefined && lane.phase === "tasks") block.ready?.push(...release(block, lane.number));
  proceed(turn, block);
}

/** Turns to the next list that has tasks, or closes the block. */
export function phaseEnded(turn: Turn, block: Block): void {
  if (block.ended) return;
  const next = nextPhase(block, hasFailed(block.tally));
  if (next === undefined) {
    turn.agenda.push({ do: "close", block });
    return;
  }
  enterPhase(block, next, oneLane(block.node.lists[next] ?? []));
  if (block.between !== undefined) adoptErrors(turn, block, block.between);
  proceed(turn, block);
}

/** Turns to the `finally` of a block that does not come to its end by itself; answers whether there is one to run. */
export function startFinally(turn: Turn, block: Block): boolean {
  const { finally: last = [] } = block.node.lists;
  if (block.phase === "finally" || last.length === 0) return false;
  enterPhase(block, "finally", oneLane(last));
  proceed(turn, block);
  return true;
}

/** What ran between two attempts of one task serves as the errors that another's failure asks for. */
function adoptErrors(turn: Turn, block: Block, between: Between): void {
  block.between = undefined;
  if (block.phase !== "errors") return;
  between.lane.phase = "errors";
  block.nextLane = 1;
  block.openLanes = between.isThrough ? 0 : 1;
  releaseAttempts(turn, between);
}

/** Makes a block ready for another list. */
export function enterPhase(block: Block, phase: Phase, source: LaneSource): void {
  block.phase = phase;
  block.source = source;
  block.limit = 1;
  block.nextLane = 0;
  block.openLanes = 0;
  block.isStarting = false;
  block.ready = undefined;
  block.waiting = undefined;
}

function nextPhase(block: Block, failed: boolean): "errors" | "finally" | undefined {
  if (block.source.own !== undefined) return undefined;
  const { errors = [], finally: last = [] } = block.node.lists;
  if (block.phase === "tasks" && failed && errors.length > 0) return "errors";
  if (block.phase !== "finally" && block.phase !== "after" && last.length > 0) return "finally";
  return undefined;
}

function takeLane(block: Block): number | undefined {
  // Lanes that have begun are waited for, others do not begin any more.
  if (block.source.own !== undefined && isGivenUp(block)) return undefined;
  if (block.ready !== undefined) return block.ready.shift();
  if (block.nextLane >= block.source.count) return undefined;
  const number = block.nextLane;
  block.nextLane += 1;
  return number;
}

function prepareDependencies(block: Block, dependencies: NonNullable<LaneSource["dependencies"]>): void {
  block.waiting = [...dependencies.needs];
  block.ready = [];
  for (const [number, needs] of dependencies.needs.entries()) if (needs === 0) block.ready.push(number);
}

/** A lane of a Dag is through; answers those that waited only for it, in the order of the document. */
export function release(block: Block, ended: number): readonly number[] {
  const free: number[] = [];
  for (const number of block.source.dependencies?.dependants[ended] ?? []) {
    block.waiting![number]! -= 1;
    if (block.waiting![number] === 0) free.push(number);
  }
  return free;
}
