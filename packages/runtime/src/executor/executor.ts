/**
 * Drives executions: takes events, lets the engine decide, commits, and only then lets effects out.
 *
 * Events wait in one queue. A slice works some of them off, within a budget of time so that requests are served in
 * between; what a slice changed goes into one commit unit. Slices go on while commits are in flight: an execution in
 * memory is ahead of the store, but nothing leaves the process before what caused it is durable.
 */
import {
  advance,
  type Effect,
  type EngineContext,
  type Event,
  type LiveExecution,
  type LiveRun,
  TurnoverMap,
} from "@capstan/engine";
import type { LogBatch, LogLine, Store, TimerKey } from "@capstan/store";
import type { Logger } from "pino";
import type { Admitted } from "../flow-control/admission.ts";
import type { Clock } from "../clock.ts";
import { createIdleWaiters } from "../idle-waiters.ts";
import { createCommits, type Commits, type RefusedPart } from "./commits.ts";
import { nameOf, type LiveKey } from "./live-key.ts";
import { afterMessage, replayMessage } from "./pending-work.ts";
import { createTimerQueue, type TimerQueue } from "./timer-queue.ts";
import { createTurnQueue } from "./turn-queue.ts";
import { partsOf, type UnitPart } from "./unit-parts.ts";
import { createUnit, type SealedUnit, type UnitBuilder } from "./unit.ts";

/** How long one slice may keep the thread, in milliseconds. */
const SLICE_MS = 5;
/** Turns that one unit carries at most while another one is being committed; then the store has to catch up. */
const TURNS_PER_UNIT_MAX = 1_000;

export interface ExecutorParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  environment: EngineContext["environment"];
  readonly globals: Readonly<Record<string, unknown>>;
  /**
   * Runs a task within the turn when its type allows that; answers what happened, or nothing when a worker must.
   */
  runInline(execution: LiveExecution, run: LiveRun, attempt: number): InlineOutcome | undefined;
  /** Decides within the turn who runs a task. */
  place(execution: LiveExecution, effect: Extract<Effect, { type: "run-task" }>): Placed;
  /** A worker that was chosen will not get the job. */
  forgo(execution: LiveExecution, effect: Extract<Effect, { type: "hand-over" }>): void;
  /** Which workers run the tasks of an execution that name none; absent where groups don't count. */
  readonly workerTarget?: EngineContext["workerTarget"];
  /** Lets an effect out; called once the transitions of its turn are durable. */
  release(execution: LiveExecution, effect: Effect): void;
  /** Whether an execution whose time has come may run. */
  admit(execution: LiveExecution): Admitted;
  /** The end of an execution is durable: nobody goes on from one that the store never hears of, or refuses. */
  ended(execution: LiveExecution): void;
  /** Called within the turn, so that what it says goes into the same commit. */
  stateChanged(execution: LiveExecution, change: StateEffect): void;
  /** A unit is durable. */
  committed(unit: SealedUnit): void;
  /**
   * The store refuses for good what an execution came to; nothing more happens to it. To be followed by `adopt` of the execution
   * as the store has it, or by `drop`.
   */
  readonly unstorable: (refusal: Refusal) => Promise<void>;
}

/** Who runs a task: what follows from that at once, or how it is given out once it is durable that it is submitted. */
export type Placed = { readonly event: Event; readonly companion: Companion } | { readonly release: () => void };

/** What an execution came to and can't be stored. */
export interface Refusal {
  readonly execution: LiveExecution;
  readonly error: unknown;
  /** What was logged meanwhile; it may be what is at fault. */
  readonly logs: readonly LogBatch[];
}

/** One change of an execution's state, `position` in its history. */
export type StateEffect = Extract<Effect, { type: "state-changed" }>;

export interface InlineOutcome {
  readonly event: Event;
  readonly lines: readonly LogLine[];
  readonly metrics: Parameters<UnitBuilder["metrics"]>[2];
}

/** What belongs to an event: it goes into the commit that carries the event's turn, whenever that is. */
export interface Companion {
  /** Adds to that commit; called within the turn. */
  add(unit: UnitBuilder): void;
  /** The turn will not take place, or failed by a defect of ours: nothing of it will be stored. */
  refused?(error: unknown): void;
}

/** Decided in its turn, when it depends on what others did before. */
export type EventInTurn = Event | (() => Event);

interface QueuedEvent {
  readonly execution: LiveExecution;
  readonly event: EventInTurn;
  readonly companion: Companion | undefined;
}

/** One process's executions in memory. */
export class Executor {
  readonly timers: TimerQueue;
  readonly #parts: ExecutorParts;
  readonly #live = new TurnoverMap<string, LiveExecution>();
  readonly #queue = createTurnQueue<QueuedEvent>();
  #unit = createUnit();
  /** Units that held something that never will be stored, without it: each a list of parts, oldest first. */
  #kept: (readonly UnitPart[])[] = [];
  #turns = 0;
  #scheduled = false;
  #committing = false;
  readonly #commits: Commits;
  /** Nothing happens to them any more: the store refuses them, or a defect stopped them. */
  readonly #abandoned = new WeakSet<LiveExecution>();
  /** How many of them are being brought back as the store has them. */
  #returning = 0;
  #stopped = false;
  readonly #waiters = createIdleWaiters(() => this.#isIdle);

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    this.#commits = createCommits({ ...parts, isStopped: () => this.#stopped });
    this.timers = createTimerQueue(parts.clock, (timer) => {
      const execution = this.get({ tenant: timer.tenant, id: timer.executionId });
      if (execution === undefined) this.unit.clearTimer(timer);
      // The timer is forgotten in the commit of what it caused: a crash before that makes it fire again.
      else this.#post(execution, { type: "timer", key: timer.key }, clearing(timer));
    });
  }

  /** Takes an execution into memory and gives it its first event. */
  adopt(execution: LiveExecution, event: EventInTurn, companion?: Companion): void {
    this.#live.set(nameOf(execution), execution);
    this.#post(execution, event, companion);
  }

  /** Gives a live execution an event; answers whether it is live. */
  send(key: LiveKey, event: EventInTurn, companion?: Companion): boolean {
    const execution = this.#live.get(nameOf(key));
    if (execution !== undefined) this.#post(execution, event, companion);
    return execution !== undefined;
  }

  /** Forgets an execution that can't be brought back. */
  drop(execution: LiveExecution): void {
    if (this.#live.get(nameOf(execution)) === execution) this.#live.delete(nameOf(execution));
  }

  get(key: LiveKey): LiveExecution | undefined {
    return this.#live.get(nameOf(key));
  }

  live(): IterableIterator<LiveExecution> {
    return this.#live.values();
  }

  /** Whether one of the live executions passes. */
  some(passes: (execution: LiveExecution) => boolean): boolean {
    for (const execution of this.#live.values()) if (passes(execution)) return true;
    return false;
  }

  /** Why the last commit was refused; undefined while commits succeed. What is taken meanwhile waits in memory. */
  get stalled(): unknown {
    return this.#commits.stalled;
  }

  /** Settles as `durable` does, but rejects as soon as nothing can be written: for whoever can ask again. */
  unlessStalled<T>(durable: Promise<T>): Promise<T> {
    return this.#commits.unlessStalled(durable);
  }

  /** Whether nobody waits any more for what is refused. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** The unit being built; what is added to it goes into the next commit. */
  get unit(): UnitBuilder {
    this.#schedule();
    return this.#unit;
  }

  /** Resolves when no event waits and no commit is in flight. */
  idle(): Promise<void> {
    return this.#waiters.wait();
  }

  /** Commits what is pending and lets the executions go. A refused commit is not tried again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.timers.stop();
    await this.idle();
    this.#live.clear();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#parts.clock.defer(() => this.#slice());
  }

  #post(execution: LiveExecution, event: EventInTurn, companion?: Companion): void {
    if (this.#abandoned.has(execution)) return companion?.refused?.(new Error("the execution was given up"));
    this.#queue.push({ execution, event, companion });
    this.#schedule();
  }

  /** What the turn that is going on came to by itself. */
  #follow(execution: LiveExecution, event: Event, companion: Companion): void {
    this.#queue.follow({ execution, event, companion });
    this.#schedule();
  }

  #slice(): void {
    this.#scheduled = false;
    const { elapsedMs } = this.#parts.clock;
    const until = elapsedMs() + SLICE_MS;
    while (!this.#isAhead) {
      const queued = this.#queue.take();
      if (queued === undefined) break;
      this.#turns += 1;
      this.#turn(queued);
      if (elapsedMs() > until) break;
    }
    if (this.#queue.size() > 0 && !this.#isAhead) this.#schedule();
    this.#flush();
  }

  /** Whether so much waits to be committed that going on would only fill the memory. The end of the commit goes on. */
  get #isAhead(): boolean {
    return this.#committing && this.#turns >= TURNS_PER_UNIT_MAX;
  }

  #turn({ execution, event: queued, companion }: QueuedEvent): void {
    const { clock, newId, environment, globals, workerTarget, logger } = this.#parts;
    const event = typeof queued === "function" ? queued() : queued;
    try {
      const effects = advance(execution, event, { now: clock.now(), newId, environment, globals, workerTarget });
      // A start that is added is a row of its own: there is nothing to write of the execution, or to tell who follows it.
      if (event.type !== "start-added") this.#unit.changed(execution);
      companion?.add(this.#unit);
      for (const effect of effects) this.#take(execution, effect);
    } catch (error) {
      // A bug of ours stops this execution, never the process: it leaves the memory as the store has it.
      logger.error({ executionId: execution.id, err: error, event: event.type }, "execution stopped by a defect");
      companion?.refused?.(error);
      this.#abandon(new Map([[execution, error]]));
      this.drop(execution);
    }
  }

  #take(execution: LiveExecution, effect: Effect): void {
    const { clock } = this.#parts;
    switch (effect.type) {
      case "run-task":
        return this.#runTask(execution, effect);
      case "log": {
        const line = { time: clock.now(), level: effect.level, message: effect.message };
        return this.#unit.log(execution, effect.run === undefined ? {} : { run: effect.run }, [line]);
      }
      case "set-timer": {
        const timer = { tenant: execution.tenant, executionId: execution.id, key: effect.key, at: effect.at };
        this.#unit.setTimer(timer);
        this.timers.announce(timer);
        return this.#unit.whenDurable(execution, () => this.timers.setAnnounced(timer));
      }
      case "clear-timer":
        this.timers.clear(execution.tenant, execution.id, effect.key);
        return this.#unit.clearTimer({ tenant: execution.tenant, executionId: execution.id, key: effect.key });
      case "start-lanes":
        return this.#post(execution, { type: "start-lanes", run: effect.run.index });
      case "await":
        return this.#await(execution, effect);
      case "admit":
        return this.#post(execution, () => ({ type: "start", ...this.#parts.admit(execution) }));
      case "ended": {
        const message = afterMessage(execution);
        if (message !== undefined) this.#unit.message(message);
        return this.#unit.whenDurable(execution, () => this.#parts.ended(execution));
      }
      case "state-changed":
        // Its row holds from now on what was added to it.
        if (effect.position === 1 && execution.fixed.control?.batch !== undefined) this.#unit.takeStarts(execution);
        return this.#parts.stateChanged(execution, effect);
      case "settled":
        return this.#settled(execution);
      case "replay":
        this.#unit.message(replayMessage(execution, effect.run.index, effect.at));
        return this.#unit.whenDurable(execution, () => this.#parts.release(execution, effect));
      case "hand-over":
        this.#unit.whenRefused(execution, () => this.#parts.forgo(execution, effect));
        return this.#unit.whenDurable(execution, () => this.#parts.release(execution, effect));
      case "expect-worker":
      case "kill-task":
      case "create-child":
      case "kill-child":
      case "find-child":
      case "read-lines":
      case "store-files":
        return this.#unit.whenDurable(execution, () => this.#parts.release(execution, effect));
      default:
        return effect satisfies never;
    }
  }

  #runTask(execution: LiveExecution, effect: Extract<Effect, { type: "run-task" }>): void {
    const outcome = this.#parts.runInline(execution, effect.run, effect.attempt);
    if (outcome === undefined) {
      const placed = this.#parts.place(execution, effect);
      if ("release" in placed) this.#unit.whenDurable(execution, placed.release);
      else this.#follow(execution, placed.event, placed.companion);
      return;
    }
    const source = { run: effect.run };
    const time = this.#parts.clock.now();
    // What it said goes with its end: a crash between the two would make it say so twice.
    const add = (unit: UnitBuilder) => {
      unit.log(execution, source, outcome.lines);
      unit.metrics(execution, source, outcome.metrics, time);
    };
    this.#follow(execution, outcome.event, { add });
  }

  #settled(execution: LiveExecution): void {
    const message = afterMessage(execution);
    if (message !== undefined) this.#unit.takeMessage(message);
    // Until then the store does not have its end, and whoever looks there would be told an earlier state.
    this.#unit.whenDurable(execution, () => this.drop(execution));
  }

  #await(execution: LiveExecution, effect: Extract<Effect, { type: "await" }>): void {
    const available = () => this.#post(execution, { type: "available", suspension: effect.suspension });
    void effect.ready.then(available, available);
  }

  /** One commit is in flight at a time; what happens meanwhile shares the next one. */
  #flush(): void {
    if (this.#committing) return;
    this.#turns = 0;
    if (this.#queue.size() > 0) this.#schedule();
    if (this.#unit.isEmpty() && this.#kept.length === 0) {
      this.#waiters.settle();
      return;
    }
    // What was kept comes first, alone: nothing newer of an execution may be durable without it.
    let units: readonly SealedUnit[] | undefined = this.#kept.shift();
    if (units === undefined) {
      units = [this.#unit.seal()];
      this.#unit = createUnit();
    }
    this.#committing = true;
    void this.#commit(units);
  }

  async #commit(units: readonly SealedUnit[]): Promise<void> {
    const { durable, refused } = await this.#commits.write(units);
    this.#committing = false;
    if (this.#stopped && this.stalled !== undefined) return this.#giveUp();
    for (const sealed of durable) {
      for (const { item: release } of sealed.releases) release();
      this.#parts.committed(sealed);
    }
    if (refused.length > 0) this.#refuse(refused);
    this.#flush();
  }

  /** Nothing of these parts will ever be stored: their executions go on from what the store has. */
  #refuse(refused: readonly RefusedPart[]): void {
    const { logger, unstorable } = this.#parts;
    const atFault = new Map<LiveExecution, unknown>();
    for (const { part, error } of refused) {
      logger.warn({ executionId: part.owner.id, err: error }, "what an execution came to can't be stored");
      for (const { item: refuse } of part.refusals) refuse(error);
      const execution = this.#live.get(nameOf(part.owner));
      if (execution !== undefined && !this.#abandoned.has(execution)) atFault.set(execution, error);
    }
    const lost = [...refused.map(({ part }) => part), ...this.#abandon(atFault)];
    if (this.#stopped) return;
    const logs = Map.groupBy(lost, ({ owner }) => nameOf(owner));
    for (const [execution, error] of atFault) {
      const parts = logs.get(nameOf(execution)) ?? [];
      this.#returning += 1;
      void unstorable({ execution, error, logs: parts.flatMap(({ unit }) => unit.logs ?? []) }).finally(() => {
        this.#returning -= 1;
        this.#waiters.settle();
      });
    }
  }

  /**
   * Forgets what waits to happen to executions, and what happened to them and is not being committed yet, which is answered.
   */
  #abandon(atFault: ReadonlyMap<LiveExecution, unknown>): readonly UnitPart[] {
    const forgottenTurns = this.#queue.remove(({ execution }) => atFault.has(execution));
    const errors = new Map([...atFault].map(([execution, error]) => [nameOf(execution), error]));
    const isKept = ({ owner }: UnitPart) => !errors.has(nameOf(owner));
    const meanwhile = [...this.#kept, partsOf(this.#unit.seal())];
    this.#unit = createUnit();
    this.#kept = meanwhile.map((parts) => parts.filter(isKept)).filter((parts) => parts.length > 0);
    for (const execution of atFault.keys()) this.#abandoned.add(execution);
    for (const { execution, companion } of forgottenTurns) companion?.refused?.(atFault.get(execution));
    const forgotten = meanwhile.flat().filter((part) => !isKept(part));
    for (const { owner, refusals } of forgotten)
      for (const { item: refuse } of refusals) refuse(errors.get(nameOf(owner)));
    return forgotten;
  }

  /** What was not durable never was: nothing is released, and nothing more is written. */
  #giveUp(): void {
    this.#queue.remove(() => true);
    this.#kept = [];
    this.#unit = createUnit();
    this.#waiters.settle();
  }

  get #isIdle(): boolean {
    const isWriting = this.#committing || !this.#unit.isEmpty() || this.#kept.length > 0;
    return !this.#scheduled && !isWriting && this.#queue.size() === 0 && this.#returning === 0;
  }
}

function clearing(timer: TimerKey): Companion {
  return { add: (unit) => unit.clearTimer(timer) };
}
