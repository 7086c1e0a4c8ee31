import { createBlock, enterPhase, oneLane, openLane, proceed, release } from "../blocks/block.ts";
import { countChild, isGivenUp, stopsTheLine } from "../blocks/tally.ts";
import { createBetween, isLeftWaiting, noteBetween } from "../blocks/between-attempts.ts";
import { createLive } from "../execution/create.ts";
import { isTerminal, isYetToRun, type ExecutionRow, type State, type TaskRunRow } from "../execution/execution.ts";
import { createAfter } from "../endings/finish.ts";
import { flowableOf } from "../flowables/registry.ts";
import { enterPart, goOnInLane } from "../blocks/lane-parts.ts";
import type { Block, Lane, LanePart, LaneSource, LiveExecution, LiveRun, OwnLists, Phase } from "../execution/live.ts";
import { indexFor } from "../execution/iteration.ts";
import { addState } from "../execution/outputs.ts";
import type { Plan } from "../plan.ts";
import { attemptEnded, endAttempt, isGroup, isWithWorker, workerOf } from "../blocks/run.ts";
import { giveOut, targetOf } from "../blocks/worker-target.ts";
import { groupEnded } from "../blocks/group.ts";
import { waitsForItsTime } from "../execution/schedule-date.ts";
import { watchDurations } from "../endings/sla.ts";
import { showOutputs, touch } from "../execution/states.ts";
import { windUp } from "../endings/kill.ts";
import { stopAgain } from "../endings/stop-again.ts";
import { requestAgain } from "../children/subflow.ts";
import type { Turn } from "../turn.ts";

/**
 * Rebuilds an execution from the store. The blocks of open flowables are made when `advance` gets `recover`, because
 * their lanes may need rendering; until then nothing but rows is known.
 */
export function restoreLive(plan: Plan, row: ExecutionRow, taskRuns: readonly TaskRunRow[]): LiveExecution {
  const execution = createLive(plan, row);
  execution.dirty = false;
  for (const stored of taskRuns) {
    const run = restoreRun(execution, stored);
    if (run === undefined) continue;
    execution.runs.set(run.index, run);
    execution.nextIndex = Math.max(execution.nextIndex, run.index + 1);
    addState(indexFor(execution, run), run.node.id, run.value, run.state);
    if (run.outputs !== undefined) showOutputs(execution, run, run.outputs);
    if (run.state === "PAUSED") execution.pausedRuns += 1;
    if (run.state === "RETRYING") execution.retryingRuns += 1;
  }
  execution.paused = row.state === "PAUSED" && execution.pausedRuns === 0;
  execution.stopping = row.state === "KILLING" ? "KILLED" : stoppedBySla(execution);
  if (execution.stopping === undefined && !isTerminal(row.state)) restoreVerdict(execution);
  return execution;
}

/** Of a kill the state of the execution tells; of any other stop, the task runs that it interrupted. */
function stoppedBySla({ runs }: LiveExecution): State | undefined {
  for (const { state, memory } of runs.values())
    if (state === "KILLING") return (memory as { stopping?: State } | undefined)?.stopping;
  return undefined;
}

/** The task run that decided how the execution ends has ended itself. */
function restoreVerdict(execution: LiveExecution): void {
  const { plan, runs } = execution;
  for (const { state, memory } of runs.values())
    if (isTerminal(state)) execution.verdict ??= (memory as { verdict?: State } | undefined)?.verdict;
  const last = plan.root.lists["finally"] ?? [];
  if (![...runs.values()].some(({ node }) => last.includes(node))) execution.stopping = execution.verdict;
}

/** Goes on with what was going on when the process ended: gives tasks out again, starts what should have started. */
export function recover(turn: Turn): void {
  const { execution } = turn;
  if (isYetToRun(execution)) {
    if (!waitsForItsTime(turn)) turn.effects.push({ type: "admit" });
    return;
  }
  // Its slot starts it, with what it took over of the execution that it retries.
  if (execution.state === "QUEUED") return;
  const byParent = childrenByParent(execution);
  const isOver = isTerminal(execution.state);
  if (isOver) execution.root.ended = true;
  else rebuild(turn, execution.root, byParent.get(undefined) ?? []);
  const open = [...execution.runs.values()].filter((run) => !isTerminal(run.state));
  for (const run of open) if (run.node.task.kind === "flowable") rebuildFlowable(turn, run, byParent.get(run) ?? []);
  if (!isOver) watchDurations(turn);
  for (const run of execution.runs.values())
    if (isTerminal(run.state) && !run.node.kept && !isOfLivingGroup(run)) execution.runs.delete(run.index);
  if (execution.verdict !== undefined && execution.stopping !== undefined) {
    windUpAgain(turn, open, execution.verdict);
    return;
  }
  if (isOver) rebuildAfter(turn, byParent.get(undefined) ?? []);
  if (execution.stopping !== undefined) {
    if (execution.after !== undefined) endLanes(execution.after);
    stopAgain(turn, open, execution.stopping);
    return;
  }
  for (const run of open) goOnWith(turn, run);
  const blocks = [execution.root, ...open.flatMap((run) => run.block ?? [])];
  for (const block of blocks) goOnWithBlock(turn, block);
}

/** What its worker reports again is known by it. */
function isOfLivingGroup({ parent }: LiveRun): boolean {
  return parent !== undefined && isGroup(parent.node) && isWithWorker(parent);
}

/** What ran when the process ended is given out again, and awaited; nothing else starts. */
function windUpAgain(turn: Turn, open: readonly LiveRun[], state: State): void {
  turn.agenda.length = 0;
  for (const run of open) if (run.state !== "CREATED" && run.node.task.kind !== "flowable") goOnWith(turn, run);
  windUp(turn, state);
}

/** Of what was killed after the end, nothing starts any more. */
function endLanes(after: Block): void {
  for (const { lane } of after.open.values()) lane.next = lane.list.length;
  if (after.open.size === 0) after.ended = true;
}

/** One lane of what runs after the end, as far as it came. */
function rebuildAfter(turn: Turn, topmost: readonly LiveRun[]): void {
  const block = createAfter(turn);
  if (block.source.count === 0) {
    block.ended = true;
    return;
  }
  const lane = openLane(block, 0);
  block.nextLane = 1;
  for (const run of topmost) {
    const position = lane.list.indexOf(run.node);
    if (position === -1) continue;
    (run as { lane: Lane }).lane = lane;
    lane.next = Math.max(lane.next, position + 1);
    if (!isTerminal(run.state)) block.open.set(run.index, run);
  }
  if (block.open.size === 0) turn.agenda.push({ do: "next", lane });
}

/** A task run as it is stored, in no lane yet; undefined where the flow has no such task. */
export function restoreRun(execution: LiveExecution, stored: TaskRunRow): LiveRun | undefined {
  const node = execution.plan.nodes.get(stored.taskId) ?? afterNode(execution.plan, stored.taskId);
  if (node === undefined) return undefined;
  const parent = stored.parent === undefined ? undefined : execution.runs.get(stored.parent);
  const lane: Lane = {
    block: execution.root,
    phase: "tasks",
    number: 0,
    part: "tasks",
    list: [node],
    value: stored.value,
    iteration: stored.iteration,
    next: 1,
    beside: 0,
  };
  return {
    index: stored.index,
    id: stored.id,
    node,
    parent,
    lane,
    value: stored.value,
    iteration: stored.iteration,
    state: stored.state,
    history: [...stored.history],
    attempts: [...stored.attempts],
    outputs: stored.outputs,
    memory: stored.memory,
    error: stored.error,
    notes: stored.notes,
    block: undefined,
    memo: undefined,
    batches: undefined,
    dirty: false,
  };
}

function afterNode(plan: Plan, taskId: string) {
  return plan.afterExecution.find((node) => node.id === taskId);
}

function childrenByParent(execution: LiveExecution): Map<LiveRun | undefined, LiveRun[]> {
  const byParent = new Map<LiveRun | undefined, LiveRun[]>();
  for (const run of execution.runs.values()) {
    const siblings = byParent.get(run.parent);
    if (siblings === undefined) byParent.set(run.parent, [run]);
    else siblings.push(run);
  }
  return byParent;
}

function rebuildFlowable(turn: Turn, run: LiveRun, children: readonly LiveRun[]): void {
  if (run.state === "CREATED") return;
  const flowable = flowableOf(run.node.task.type);
  const current = children.filter((child) => flowable?.isPast?.(run, child) !== true);
  const [hooks, main] = partition(current, (child) => run.node.lists["onPause"]?.includes(child.node) === true);
  if (run.state === "PAUSED" || hooks.some(({ state }) => !isTerminal(state))) {
    rebuildOnPause(run, hooks);
    return;
  }
  if (isGroup(run.node) && isWithWorker(run)) {
    if (workerOf(run) === undefined) forgetGroup(turn, run, children);
    else goOnWithGroup(turn, run, children);
    return;
  }
  if (main.length === 0 && !isGroup(run.node)) return;
  const opening = (flowable?.reopen ?? flowable?.open)?.(turn, run);
  if (opening === undefined) return;
  run.block = createBlock(run.node, run, opening.source, opening.limit);
  rebuild(turn, run.block, main);
  if (flowable?.waitsAgain?.(turn, run, main) === true) run.block.ended = true;
  // A group may fail without any of its children.
  if (isGroup(run.node) && run.attempts.at(-1)?.state === "FAILED") run.block.tally.failed ||= 1;
}

/** What a Pause runs while it is paused goes on beside it. */
function rebuildOnPause(run: LiveRun, hooks: readonly LiveRun[]): void {
  if (hooks.length === 0) return;
  run.block = createBlock(run.node, run, oneLane(run.node.lists["onPause"] ?? []), 1);
  run.block.phase = "pause";
  const lane = openLane(run.block, 0);
  lane.next = 1;
  run.block.nextLane = 1;
  for (const hook of hooks) {
    (hook as { lane: Lane }).lane = lane;
    if (!isTerminal(hook.state)) run.block.open.set(hook.index, hook);
  }
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** A worker of another process may go on with the job of a WorkingDirectory; its children stay here, so that none comes twice. */
function goOnWithGroup(turn: Turn, run: LiveRun, children: readonly LiveRun[]): void {
  const opening = flowableOf(run.node.task.type)!.reopen!(turn, run);
  run.block = createBlock(run.node, run, opening.source, opening.limit);
  for (const child of children) countChild(run.block, child);
  expectWorker(turn, run);
}

/** The job of a WorkingDirectory is lost: it begins anew, with all its children. */
function forgetGroup(turn: Turn, run: LiveRun, children: readonly LiveRun[]): void {
  const { runs, removedRuns } = turn.execution;
  for (const child of children) {
    runs.delete(child.index);
    removedRuns.push(child.index);
  }
  endAttempt(turn, run, "RESUBMITTED");
}

/** Puts children that exist into the lanes they came from, and counts those that have ended. */
function rebuild(turn: Turn, block: Block, all: readonly LiveRun[]): void {
  const phase = phaseOf(block, all);
  const [between, children] = partition(all, (run) => phase === "tasks" && phaseOfRun(block, run) === "errors");
  // A pause may have held back the first of the errors that a task waits for.
  const isAwaited = phase === "tasks" && children.some(isLeftWaiting);
  if (between.length > 0 || isAwaited) rebuildBetween(turn, block, between, children);
  const main = block.source;
  if (phase !== "tasks") enterPhase(block, phase, oneLane(block.node.lists[phase] ?? []));
  const lanes = new Map<number, Lane>();
  const last = new Map<Lane, LiveRun>();
  block.cause = firstCause(children.filter((run) => listOf(block, run) === "tasks"));
  for (const run of children) {
    const own = phaseOfRun(block, run);
    if (listOf(block, run) === "tasks" && isTerminal(run.state)) countChild(block, run);
    if (!isTerminal(run.state)) block.open.set(run.index, run);
    const number = own === "tasks" ? main.laneOf(run) : 0;
    const lane = (own === phase ? lanes.get(number) : undefined) ?? laneFor(block, main, own, number);
    if (own === phase) lanes.set(number, lane);
    passBy(lane, main, run, listOf(block, run));
    (run as { lane: Lane }).lane = lane;
    last.set(lane, run);
  }
  block.openLanes = 0;
  if (phase === "tasks") block.nextLane = Math.max(0, ...[...lanes.keys()].map((number) => number + 1));
  else block.nextLane = 1;
  if (block.ready !== undefined) block.ready = block.ready.filter((number) => !lanes.has(number));
  const busy = Map.groupBy(block.open.values(), ({ lane }) => lane);
  for (const lane of lanes.values()) {
    const open = busy.get(lane)?.length ?? 0;
    if (open > 0) {
      block.openLanes += 1;
      lane.beside = open - 1;
    } else if (main.own !== undefined) resumeParts(turn, main.own, lane, last.get(lane)!);
    else resumeLane(turn, block, lane, lanes);
  }
  if (phase === "tasks" && block.ready === undefined) openUnbegun(turn, block, lanes);
}

/** A lane that has come to one of its children. */
function passBy(lane: Lane, main: LaneSource, run: LiveRun, list: LanePart): void {
  if (main.own !== undefined) {
    enterPart(lane, main.own, list);
    if (lane.part === list)
      lane.next = endsLane(run) ? lane.list.length : Math.max(lane.next, positionIn(lane, run) + 1);
    return;
  }
  lane.next = Math.max(lane.next, lane.phase === "tasks" ? positionIn(lane, run) + 1 : run.node.position + 1);
  if (lane.phase !== "tasks") return;
  if (endsLane(run) || (main.goesOn === true && stopsTheLine(run.state))) lane.next = lane.list.length;
}

/** It ended the iteration that it is at the top of. */
function endsLane({ state, memory }: LiveRun): boolean {
  return isTerminal(state) && (memory as { endsLane?: boolean } | undefined)?.endsLane === true;
}

/** Errors that run before a task of the block is tried again go on beside it. */
function rebuildBetween(turn: Turn, block: Block, errors: readonly LiveRun[], children: readonly LiveRun[]): void {
  const between = createBetween(block);
  const { lane } = between;
  block.between = between;
  between.waiting.push(...children.filter(isLeftWaiting));
  for (const run of errors) {
    lane.next = Math.max(lane.next, run.node.position + 1);
    (run as { lane: Lane }).lane = lane;
    if (!isTerminal(run.state)) block.open.set(run.index, run);
  }
  for (const run of turn.execution.runs.values()) noteBetween(run);
  if (errors.some(({ state }) => !isTerminal(state))) return;
  if (lane.next < lane.list.length) turn.agenda.push({ do: "next", lane });
  else between.isThrough = true;
}

/** Of what failed, they may have been created in another order. */
function firstCause(children: readonly LiveRun[]): string | undefined {
  const failed = children.filter(({ state }) => state === "FAILED");
  return failed.toSorted((left, right) => left.history.at(-1)!.date - right.history.at(-1)!.date)[0]?.error;
}

/** Lanes before the last one without any task run were open, but held by a pause. */
function openUnbegun(turn: Turn, block: Block, lanes: ReadonlyMap<number, Lane>): void {
  if (block.source.own !== undefined && isGivenUp(block)) return;
  for (let number = block.nextLane - 1; number >= 0; number -= 1)
    if (!lanes.has(number)) turn.agenda.push({ do: "next", lane: openLane(block, number) });
}

function resumeParts(turn: Turn, own: OwnLists, lane: Lane, last: LiveRun): void {
  if (!goOnInLane(lane, own, last.state)) return;
  lane.block.openLanes += 1;
  turn.agenda.push({ do: "next", lane });
}

function resumeLane(turn: Turn, block: Block, lane: Lane, lanes: ReadonlyMap<number, Lane>): void {
  if (lane.next < lane.list.length) {
    block.openLanes += 1;
    turn.agenda.push({ do: "next", lane });
  } else if (block.waiting !== undefined) {
    for (const number of release(block, lane.number)) if (!lanes.has(number)) block.ready?.push(number);
  }
}

function laneFor(block: Block, main: LaneSource, phase: Phase, number: number): Lane {
  const { list, value, iteration } = phase === "tasks" ? main.lane(number) : { list: block.node.lists[phase] ?? [] };
  return { block, phase, number, part: "tasks", list, value, iteration, next: 0, beside: 0 };
}

function positionIn(lane: Lane, run: LiveRun): number {
  return Math.max(0, lane.list.indexOf(run.node));
}

function phaseOfRun(block: Block, run: LiveRun): Phase {
  return block.source.own === undefined ? listOf(block, run) : "tasks";
}

/** The list of the flowable that a child is of. */
function listOf(block: Block, run: LiveRun): LanePart {
  if (block.node.lists["finally"]?.includes(run.node) === true) return "finally";
  return block.node.lists["errors"]?.includes(run.node) === true ? "errors" : "tasks";
}

function phaseOf(block: Block, children: readonly LiveRun[]): Phase {
  const phases = new Set(children.map((run) => phaseOfRun(block, run)));
  if (phases.has("finally")) return "finally";
  return phases.has("errors") && !isBetweenAttempts(block, children) ? "errors" : "tasks";
}

/** A task of the block waits for its next attempt, and none has failed for good. */
function isBetweenAttempts(block: Block, children: readonly LiveRun[]): boolean {
  const states = children.filter((run) => phaseOfRun(block, run) === "tasks").map(({ state }) => state);
  return states.includes("RETRYING") && !states.some(stopsTheLine);
}

function goOnWith(turn: Turn, run: LiveRun): void {
  const { kind } = run.node.task;
  if (run.state === "CREATED") turn.agenda.push({ do: "enter", run });
  else if (run.state === "RETRYING" || run.state === "PAUSED") return;
  else if (kind === "flowable" && run.block === undefined) turn.agenda.push({ do: "open", run });
  else if (kind === "updating") turn.agenda.push({ do: "open", run });
  else if (kind === "runnable") goOnWithJob(turn, run);
  else if (kind === "executable") requestAgain(turn, run);
}

/** A worker of another process may have it still; one of the process that ended has not. */
function goOnWithJob(turn: Turn, run: LiveRun): void {
  if (workerOf(run) === undefined) again(turn, run);
  else expectWorker(turn, run);
}

function expectWorker(turn: Turn, run: LiveRun): void {
  const target = targetOf(run);
  turn.effects.push({
    type: "expect-worker",
    run,
    attempt: run.attempts.length,
    workerId: workerOf(run)!,
    ...(target === undefined ? {} : { target }),
  });
}

/** Its worker is gone: the attempt is closed as RESUBMITTED and the task is given out again. */
function again(turn: Turn, run: LiveRun): void {
  endAttempt(turn, run, "RESUBMITTED");
  run.state = "SUBMITTED";
  run.history.push({ state: "SUBMITTED", date: turn.context.now });
  touch(turn, run);
  giveOut(turn, run, run.attempts.length + 1);
}

/** The worker that had its job is gone: that begins anew, unless it was to end anyway. */
export function taskLost(turn: Turn, run: LiveRun): void {
  if (run.state === "KILLING") {
    if (run.block !== undefined) groupEnded(turn, run, { state: "KILLED" });
    else attemptEnded(turn, run, { state: "KILLED" });
  } else if (isGroup(run.node) && isWithWorker(run)) {
    const children = [...turn.execution.runs.values()].filter(({ parent }) => parent === run);
    forgetGroup(turn, run, children);
    turn.agenda.push({ do: "open", run });
  } else if (isWithWorker(run)) again(turn, run);
}

/**
 * A block none of whose children is open moves on as if its last child had just ended; one that was still starting its lanes
 * goes on with that. Children that were left to themselves when it turned to its errors don't count.
 */
function goOnWithBlock(turn: Turn, block: Block): void {
  if (block.ended || (block.owner !== undefined && isGroup(block.node) && isWithWorker(block.owner))) return;
  // A pause may have held the decision about a failure back, with children that are still open.
  if (block.phase === "tasks" && block.source.own === undefined && isGivenUp(block))
    turn.agenda.push({ do: "phase-ended", block });
  else if (
    [...block.open.values()].some(({ lane }) => lane.phase === block.phase)
      ? block.openLanes > 0
      : block.openLanes === 0
  )
    proceed(turn, block);
}
