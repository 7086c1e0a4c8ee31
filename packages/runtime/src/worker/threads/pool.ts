import { setTimeout as sleep } from "node:timers/promises";
import { TurnoverMap } from "@capstan/engine";
import { createFairQueue } from "../../flow-control/fair-queue.ts";
import { sizeOf } from "../attempt/log-budget.ts";
import { jobPlace } from "../job-place.ts";
import type { Job, JobHost, JobResult, TriggerJob } from "../worker.ts";
import { answerCall } from "./answer-call.ts";
import type { FromThread } from "./messages.ts";
import { methodsOf } from "./service-methods.ts";
import { startThread, type ThreadOptions, type WorkerThread } from "./worker-thread.ts";

/** How often a job may lose its thread and start again. */
export const RESTARTS_MAX = 3;
/** Threads that the jobs of a crashed one are spread over, to find the one that made it crash. */
const QUARANTINE_THREADS = 8;
/** How much longer than the grace period a thread may take to answer a kill, in milliseconds. */
const ANSWER_MS = 2_000;
/** How often the hearts and loads of the threads are looked at, in milliseconds. */
const PULSE_MS = 500;
/** Share of its time above which a thread has enough to do. */
const LOAD_HIGH = 0.75;
/** How long threads may take to end their processes when the worker stops, in milliseconds. */
const CLOSE_MS = 3_000;

export interface PoolOptions extends ThreadOptions {
  readonly host: JobHost;
  readonly threads: number;
  readonly concurrency: number;
  readonly hangMs: number;
  /** How long the jobs of a retiring thread may take, in milliseconds, before they start again elsewhere. */
  readonly drainMs: number;
}

/** A job that is not over. */
interface Entry {
  readonly job: Job | TriggerJob;
  /** When it came: who starts again goes before those that came later. */
  readonly arrival: number;
  slot: Slot | undefined;
  restarts: number;
  wasStarted: boolean;
  hasReportedChildren: boolean;
  killTimer: NodeJS.Timeout | undefined;
}

/** A thread and what is aboard. */
interface Slot {
  readonly thread: WorkerThread;
  readonly entries: TurnoverMap<string, Entry>;
  /** For some of the jobs of a crashed thread; it gets no others. */
  readonly isQuarantine: boolean;
  readonly closed: PromiseWithResolvers<void>;
  state: "open" | "retiring" | "gone";
  isReady: boolean;
  silentMs: number;
  /** Share of the last pulse in which it was at work. */
  load: number;
  /** Tenants whose services it was told of. */
  readonly tenants: Set<string>;
  drain: NodeJS.Timeout | undefined;
}

/** Who is to blame when a thread is lost: nobody aboard, one job, or any of them. */
type Blame = Entry | "nobody" | "anyone";

/** Jobs and threads; thread-worker.ts tells what becomes of them. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #entries = new TurnoverMap<string, Entry>();
  readonly #slots = new Set<Slot>();
  readonly #ending = new Set<Promise<void>>();
  #queue = createFairQueue<Entry>();
  #arrivals = 0;
  #threadsStarted = 0;
  #isStopping = false;
  #pulse: NodeJS.Timeout | undefined;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get runningCount(): number {
    let count = 0;
    for (const slot of this.#slots) count += slot.entries.size;
    return count;
  }

  get queuedCount(): number {
    return this.#queue.size;
  }

  submit(job: Job | TriggerJob): void {
    if (this.#isStopping) return;
    this.#arrivals += 1;
    const entry: Entry = {
      job,
      arrival: this.#arrivals,
      slot: undefined,
      restarts: 0,
      wasStarted: false,
      hasReportedChildren: false,
      killTimer: undefined,
    };
    this.#entries.set(job.key, entry);
    // Most find a thread at once, and need no place in a queue.
    const slot = this.#queue.size === 0 ? this.#freeSlot() : undefined;
    if (slot !== undefined) this.#board(slot, entry);
    else {
      this.#wait(entry);
      this.#assign();
    }
  }

  #wait(entry: Entry): void {
    this.#queue.push(entry.job.key, entry, { ...jobPlace(entry.job), arrival: entry.arrival });
  }

  kill(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.killTimer !== undefined) return;
    const { slot } = entry;
    if (slot === undefined) {
      this.#queue.delete(key);
      return this.#finish(entry, { state: "KILLED" });
    }
    const unanswered = () => this.#lost(slot, "another task on it did not answer a kill", entry);
    entry.killTimer = setTimeout(unanswered, this.#options.graceMs + ANSWER_MS);
    slot.thread.post({ type: "kill", key });
  }

  /** Waits for what runs, then ends everything; what did not end by itself is returned. A second call may wait for less. */
  async stop(waitMs: number): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#entries.delete(next.job.key);
      this.#options.host.returned?.(next.job.key);
    }
    if (this.runningCount > 0) {
      this.#idle ??= Promise.withResolvers<void>();
      await Promise.race([this.#idle.promise, sleep(waitMs, undefined, { ref: false })]);
    }
    this.#isStopping = true;
    const cutShort = Array.from(this.#entries.values(), ({ job }) => job.key);
    for (const entry of this.#entries.values()) clearTimeout(entry.killTimer);
    this.#entries.clear();
    for (const slot of this.#slots) slot.thread.post({ type: "close" });
    const closed = Promise.all(Array.from(this.#slots, (slot) => slot.closed.promise));
    await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })]);
    for (const slot of this.#slots) this.#end(slot);
    await Promise.all(this.#ending);
    // Not before nothing of them runs any more.
    for (const key of cutShort) this.#options.host.returned?.(key);
  }

  // Jobs ---------------------------------------------------------------------------------------------------------------

  #assign(): void {
    if (this.#isStopping) return;
    while (this.#queue.size > 0) {
      const slot = this.#freeSlot();
      if (slot === undefined) break;
      this.#board(slot, this.#queue.shift()!);
    }
  }

  /**
   * The first thread that is not at its limit, so that as few as possible are at work: most jobs wait most of their time, and
   * what one thread does for many costs half of what many do. Another one is started when those that are there have enough to do.
   */
  #freeSlot(): Slot | undefined {
    let fewest: Slot | undefined;
    let count = 0;
    for (const slot of this.#slots) {
      if (slot.state !== "open" || slot.isQuarantine) continue;
      count += 1;
      if (slot.entries.size >= this.#options.concurrency) continue;
      if (slot.load < LOAD_HIGH && slot.silentMs === 0) return slot;
      if (fewest === undefined || slot.entries.size < fewest.entries.size) fewest = slot;
    }
    return count < this.#options.threads ? this.#open(false) : fewest;
  }

  #board(slot: Slot, entry: Entry): void {
    const { job } = entry;
    const { tenant } = job.identity;
    entry.slot = slot;
    slot.entries.set(job.key, entry);
    if (!slot.tenants.has(tenant)) {
      slot.tenants.add(tenant);
      slot.thread.postSoon({ type: "services", tenant, methods: methodsOf(this.#options.host.services(tenant)) });
    }
    slot.thread.postSoon({ type: "run", job });
  }

  #leave(entry: Entry): void {
    const { slot } = entry;
    clearTimeout(entry.killTimer);
    entry.killTimer = undefined;
    entry.slot = undefined;
    slot?.entries.delete(entry.job.key);
    if (slot?.entries.size === 0 && (slot.state === "retiring" || slot.isQuarantine)) this.#end(slot);
    if (this.runningCount === 0) this.#idle?.resolve();
  }

  #finish(entry: Entry, result: JobResult): void {
    if (!this.#entries.delete(entry.job.key)) return;
    this.#leave(entry);
    this.#options.host.ended(entry.job.key, result);
    this.#assign();
  }

  #fail(entry: Entry, message: string, stack?: string): void {
    this.#finish(entry, { state: "FAILED", error: { message, ...(stack === undefined ? {} : { stack }) } });
  }

  /** Takes a job off its lost thread, to start it again; answers whether it may. */
  #takeOff(entry: Entry, reason: string): boolean {
    if (entry.hasReportedChildren) this.#fail(entry, `the group lost its worker thread: ${reason}`);
    else if (entry.restarts === RESTARTS_MAX)
      this.#fail(entry, `the task lost its worker thread ${RESTARTS_MAX + 1} times, the last time because ${reason}`);
    else {
      entry.restarts += 1;
      this.#leave(entry);
      const message = `The worker thread that ran this was lost: ${reason}. It starts again.`;
      this.#options.host.log(entry.job.key, nameOf(entry.job), [{ time: Date.now(), level: "WARN", message }]);
      return true;
    }
    return false;
  }

  // Threads ------------------------------------------------------------------------------------------------------------

  #open(isQuarantine: boolean): Slot {
    this.#threadsStarted += 1;
    const { plugins, provided, storage, taskRunners, egress, localFolders, heapMb, graceMs } = this.#options;
    const directory = `${this.#options.directory}/thread-${this.#threadsStarted}`;
    const settings = { plugins, provided, storage, taskRunners, egress, localFolders, heapMb, graceMs, directory };
    const thread = startThread(settings, {
      message: (message) => this.#received(slot, message),
      crashed: (reason) => this.#lost(slot, reason, "anyone"),
    });
    const slot: Slot = {
      thread,
      entries: new TurnoverMap(),
      isQuarantine,
      closed: Promise.withResolvers<void>(),
      state: "open",
      isReady: false,
      silentMs: 0,
      load: 0,
      tenants: new Set(),
      drain: undefined,
    };
    this.#slots.add(slot);
    this.#pulse ??= setInterval(() => this.#takePulse(), PULSE_MS).unref();
    return slot;
  }

  #end(slot: Slot): void {
    if (slot.state === "gone") return;
    slot.state = "gone";
    clearTimeout(slot.drain);
    slot.closed.resolve();
    this.#slots.delete(slot);
    const gone = slot.thread.terminate();
    this.#ending.add(gone);
    void gone.finally(() => this.#ending.delete(gone));
    if (this.#slots.size > 0) return;
    clearInterval(this.#pulse);
    this.#pulse = undefined;
  }

  #retire(slot: Slot): void {
    if (slot.state !== "open") return;
    slot.state = "retiring";
    if (slot.entries.size === 0) return this.#end(slot);
    const isLate = () => this.#lost(slot, "another task on it did not stop", "nobody");
    slot.drain = setTimeout(isLate, this.#options.drainMs).unref();
  }

  #lost(slot: Slot, reason: string, blame: Blame): void {
    const aboard = [...slot.entries.values()];
    this.#end(slot);
    const innocent: Entry[] = [];
    for (const entry of aboard) {
      if (entry === blame || entry.killTimer !== undefined) this.#finish(entry, { state: "KILLED" });
      else if (blame === "anyone" && aboard.length === 1)
        this.#fail(entry, `the task ended its worker thread: ${reason}`);
      else if (this.#takeOff(entry, reason)) innocent.push(entry);
    }
    if (this.#isStopping) return;
    if (blame === "anyone") this.#quarantine(innocent);
    else for (const entry of innocent) this.#wait(entry);
    this.#assign();
  }

  /** Spreads jobs over threads of their own, so that the one to blame is alone when it ends its thread again. */
  #quarantine(suspects: readonly Entry[]): void {
    const slots: Slot[] = [];
    for (const [index, entry] of suspects.entries()) {
      const slot = slots[index % QUARANTINE_THREADS] ?? this.#open(true);
      slots[index % QUARANTINE_THREADS] = slot;
      this.#board(slot, entry);
    }
  }

  #takePulse(): void {
    for (const slot of this.#slots) {
      const isFine = slot.thread.hasBeaten() || !slot.isReady || slot.entries.size === 0;
      slot.silentMs = isFine ? 0 : slot.silentMs + PULSE_MS;
      slot.load = slot.thread.load();
      if (slot.silentMs < this.#options.hangMs) continue;
      this.#lost(slot, `its event loop stood still for ${slot.silentMs / 1_000} seconds`, "anyone");
    }
  }

  // Messages -----------------------------------------------------------------------------------------------------------

  #received(slot: Slot, message: FromThread): void {
    switch (message.type) {
      case "ready":
        slot.isReady = true;
        return;
      case "closed":
        return slot.closed.resolve();
      case "unable":
        for (const entry of slot.entries.values())
          this.#fail(entry, `the worker can't load its plugins: ${message.message}`);
        return this.#end(slot);
      case "call":
        return void answerCall(this.#options.host, message, (reply, transfer) => slot.thread.post(reply, transfer));
      case "abandoned":
        return this.#retire(slot);
      case "uncaught":
        return this.#uncaught(slot, message);
      default:
        return this.#relay(slot, message);
    }
  }

  #uncaught(slot: Slot, { key, error }: Extract<FromThread, { type: "uncaught" }>): void {
    if (key === undefined) return this.#lost(slot, error.message, "anyone");
    const culprit = slot.entries.get(key);
    if (culprit !== undefined)
      this.#fail(culprit, `an error that the task did not catch: ${error.message}`, error.stack);
    this.#retire(slot);
  }

  /** Tells the host what a job did. A job that is over has nothing more to say. */
  #relay(
    slot: Slot,
    message: Extract<FromThread, { type: "started" | "child-ended" | "log" | "metrics" | "ended" }>,
  ): void {
    const { host } = this.#options;
    const { key } = message;
    const entry = this.#isStopping ? undefined : slot.entries.get(key);
    if (entry === undefined) {
      if (message.type === "log") takeOver(slot, message)();
      return;
    }
    switch (message.type) {
      case "started":
        if (!entry.wasStarted) host.started(key, message.at);
        entry.wasStarted = true;
        return;
      case "child-ended":
        entry.hasReportedChildren = true;
        return host.childEnded(key, message.child);
      case "log":
        return host.log(key, message.taskId, message.lines, takeOver(slot, message));
      case "metrics":
        return host.metrics(key, message.taskId, message.metrics);
      case "ended":
        return this.#finish(entry, message.result);
      default:
        return message satisfies never;
    }
  }
}

/**
 * What tells a thread that lines of log are off its hands: to be called once they are durable, so that no more of them wait in
 * memory than the thread may send ahead.
 */
function takeOver(slot: Slot, { lines }: Extract<FromThread, { type: "log" }>): () => void {
  let characters = 0;
  for (const line of lines) characters += sizeOf(line);
  return () => slot.thread.post({ type: "log-taken", characters });
}

function nameOf(job: Job | TriggerJob): string {
  return "task" in job ? job.task.id : job.trigger.id;
}
