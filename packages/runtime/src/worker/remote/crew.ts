/**
 * The workers of other processes, and who of them has which job.
 *
 * A job waits (nobody takes it yet), is promised (a worker was chosen, which is not durable yet), is handed (the worker has it), or is
 * expected: this process began anew, and by its row the worker with that id has it. It is over when its worker says that it ended,
 * and given up when that one counts as lost: it was silent for `lostAfterMs`, came back without it, or left. Then somebody else gets
 * it, and whatever the worker still says of it does not count. An introduction alone takes nothing from anybody: whoever passes it on may
 * have held it up until its worker had hung up and opened another line.
 *
 * For `lostAfterMs` after a start nobody knows who is there (`Settling`). Until then nothing is given up because a group has no worker,
 * and what is said of jobs that may still be expected is kept.
 */
import { randomUUID } from "node:crypto";
import type { WorkerTarget } from "@capstan/engine";
import type { Logger } from "pino";
import type { Clock } from "../../clock.ts";
import { answerCall } from "../threads/answer-call.ts";
import { jobPlace } from "../job-place.ts";
import { methodsOf } from "../threads/service-methods.ts";
import type { Job, JobHost, JobResult } from "../worker.ts";
import { type CrewMember, crewMemberOf } from "./crew-member.ts";
import {
  type FromWorker,
  type IntroducedWorker,
  type JobNews,
  keyOf,
  type ToWorker,
  type Welcome,
  type WorkerCall,
} from "./messages.ts";
import { type Entry, isClaimed, refusalOf, tenantOf } from "./crew-entry.ts";
import { createOwnRoom, type OwnRoom, type OwnWorker } from "./own-room.ts";
import { freestOf, isOfGroup } from "./freest-worker.ts";
import { createParkedNews } from "./parked-news.ts";
import { Session, type Sink } from "./session.ts";
import { createSettling, type Patience, type Settling } from "./settling.ts";
import { createWaitingJobs, type Queue } from "./waiting-jobs.ts";

/** What the executor offers besides to whoever gives jobs to other processes. */
export interface CrewHost extends JobHost {
  /** A worker was found for a job that waited; to be followed by `hand` once that is durable. */
  assigned(key: string, workerId: string): void;
  /** The worker of a job is lost, or gave it back: the job starts again. */
  lost(key: string, reason: string): void;
  /** The job waited for a worker, and is to run in the default group, or here. */
  ungrouped(key: string): void;
}

export interface CrewOptions extends Patience {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The worker of this process, where it runs tasks of the default group. */
  readonly here: OwnWorker | undefined;
}

/** Who gets a job. */
export type Choice =
  | { readonly at: "here" | "nobody" }
  | { readonly at: "worker"; readonly workerId: string }
  | { readonly at: "refused"; readonly result: JobResult };

/** Pings and looks in each time that the most impatient of workers may be silent. */
const PULSES = 6;

export class Crew {
  readonly #options: CrewOptions;
  readonly #host: CrewHost;
  readonly #sessions = new Map<string, Session>();
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = createWaitingJobs<Entry>();
  readonly #parked = createParkedNews();
  readonly #settling: Settling;
  readonly #ownRoom: OwnRoom;
  #lastPulseAt = 0;
  #cancelPulse: (() => void) | undefined;

  constructor(host: CrewHost, options: CrewOptions) {
    this.#host = host;
    this.#options = options;
    this.#ownRoom = createOwnRoom(options.here);
    this.#settling = createSettling(options.clock, options, () => this.#settle());
  }

  start(): void {
    this.#lastPulseAt = this.#options.clock.elapsedMs();
    this.#settling.start();
    this.#pulse();
  }

  stop(): void {
    this.#cancelPulse?.();
    this.#settling.stop();
    for (const session of this.#sessions.values()) session.end();
    this.#sessions.clear();
    this.#entries.clear();
    this.#waiting.clear();
  }

  list(): readonly CrewMember[] {
    return Array.from(this.#sessions.values(), crewMemberOf);
  }

  // Jobs ---------------------------------------------------------------------------------------------------------------

  /** Chooses who gets a job. A worker that is chosen keeps a place until `hand` or `forgo`. */
  choose(key: string, tenant: string, target: WorkerTarget | undefined): Choice {
    const session = freestOf(this.#sessions.values(), target);
    if (target === undefined && this.#isForHere(session)) {
      this.#ownRoom.chosen();
      return { at: "here" };
    }
    if (session !== undefined) {
      this.#promise({ key, tenant, target, state: "promised", workerId: undefined, isKilled: false }, session);
      return { at: "worker", workerId: session.worker.id };
    }
    if (target === undefined || target.fallback === "WAIT" || this.#mayLive(target)) return { at: "nobody" };
    if (target.fallback === "IGNORE") return this.choose(key, tenant, undefined);
    return { at: "refused", result: refusalOf(target, target.fallback) };
  }

  /** The worker of this process gets a job for which it was chosen, or that comes to nothing. */
  arrivedHere(): void {
    this.#ownRoom.arrived();
  }

  /** The worker of this process may have room. */
  serveHere(): void {
    for (const queue of this.#waiting.queues()) if (queue.target === undefined) this.#serve(queue);
  }

  /** Nobody was there for it, or had room: it waits. */
  wait(job: Pick<Job, "key" | "identity" | "priority">, target: WorkerTarget | undefined): void {
    const { key, identity } = job;
    const entry: Entry = {
      key,
      tenant: identity.tenant,
      target,
      state: "waiting",
      workerId: undefined,
      isKilled: false,
    };
    this.#entries.set(key, entry);
    const queue = this.#waiting.add(entry, jobPlace(job));
    this.#serve(queue);
    if (entry.state === "waiting") this.#fallBack(queue);
  }

  /** The choice is durable. */
  hand(job: Job, workerId: string): void {
    const entry = this.#entries.get(job.key);
    const session = this.#sessions.get(workerId);
    if (entry === undefined || session === undefined) {
      this.#forget(entry);
      this.#host.lost(job.key, "its worker went away before it got the job");
      return;
    }
    entry.state = "handed";
    this.#describe(session, entry.tenant);
    session.send({ type: "run", job });
  }

  /** Nobody needs the place that was kept for a job. */
  forgo(key: string): void {
    const entry = this.#entries.get(key);
    if (entry?.state !== "promised") return;
    this.#forget(entry);
    this.#serveAll();
  }

  /** These and no others are going to be expected. */
  awaits(keys: ReadonlySet<string>): void {
    this.#settling.awaits(keys);
    this.#sortOut();
  }

  /** By its row a worker has the job: it is waited for. */
  expect(key: string, tenant: string, target: WorkerTarget | undefined, workerId: string): void {
    this.#settling.hasCome(key);
    if (this.#entries.has(key)) return;
    const entry: Entry = { key, tenant, target, state: "expected", workerId, isKilled: false };
    this.#entries.set(key, entry);
    const session = this.#sessions.get(workerId);
    if (session !== undefined && isClaimed(entry, session)) this.#attach(entry, session);
    else if (session?.isConfirmed ?? this.#settling.isOverFor(workerId))
      this.#giveUp(entry, "its worker does not have it");
    else return;
    for (const { session: said, message, settled } of this.#parked.take(key)) this.#hear(said, message, settled);
  }

  /** Interrupts a job; answers whether it is one of those that are here. */
  kill(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    const isElsewhere = entry.state === "handed" || entry.state === "expected";
    entry.isKilled = true;
    if (entry.state === "handed") this.#sessionOf(entry)?.send({ type: "kill", key });
    if (isElsewhere) return true;
    this.#forget(entry);
    this.#host.ended(key, { state: "KILLED" });
    return true;
  }

  /** Whether a worker of the target is there, or its line was cut a moment ago. */
  isServed(target: WorkerTarget | undefined): boolean {
    if (target === undefined && this.#options.here !== undefined) return true;
    return this.#isServedElsewhere(target);
  }

  // Lines --------------------------------------------------------------------------------------------------------------

  /** A worker opens a line, on which it hears what it is told from then on. Nothing for one that pretends to be another. */
  connect(hello: IntroducedWorker, sink: Sink): Welcome | undefined {
    const { clock, logger } = this.#options;
    const lostAfterMs = this.#lostAfterMs(hello);
    const known = this.#sessions.get(hello.id);
    if (known !== undefined && known.worker.token !== hello.token) return undefined;
    const isResumed = known !== undefined && known.id === hello.session;
    const session = isResumed ? known : new Session(randomUUID(), hello, { clock, lostAfterMs });
    if (!isResumed) this.#take(session, known);
    const facts = { worker: hello.name, workerId: hello.id, groups: hello.groups, host: hello.host };
    logger.info({ ...facts, version: hello.version, isResumed }, "a worker connected");
    const welcome = { ...session.connect(isResumed ? hello.received : 0, sink), isResumed, lostAfterMs };
    this.#serveAll();
    return welcome;
  }

  /** The line is cut: the worker is waited for. */
  disconnected(workerId: string, sink: Sink): void {
    const session = this.#sessions.get(workerId);
    session?.disconnected(sink);
    if (session === undefined || session.isConnected) return;
    this.#options.logger.info({ worker: session.worker.name, workerId }, "a worker disconnected");
    if (session.isLeaving && session.isConfirmed && session.load === 0) this.#sessions.delete(workerId);
  }

  /** Takes what a worker says; answers up to which of its messages all were heard, or nothing for a session that is over. */
  receive(sessionId: string, token: string, text: string): number | undefined {
    const session = [...this.#sessions.values()].find(({ id, worker }) => id === sessionId && worker.token === token);
    if (session?.isConfirmed === false) this.#confirm(session);
    return session?.receive(text, (message, settled) => this.#hear(session, message, settled));
  }

  /** Whether a worker may ask for what belongs to a tenant; undefined for one that is not known. */
  mayUse(workerId: string, token: string, tenant: string): boolean | undefined {
    const session = this.#sessions.get(workerId);
    return session?.worker.token === token ? session.tenants.has(tenant) : undefined;
  }

  /** A worker is new here, or comes back after its session was over. */
  #take(session: Session, former: Session | undefined): void {
    const { worker } = session;
    former?.end();
    this.#parked.drop(former);
    this.#sessions.set(worker.id, session);
    for (const entry of this.#entries.values()) {
      if (entry.workerId !== worker.id) continue;
      if (entry.state === "promised") session.load += 1;
      // Only the former session has counted it.
      else entry.state = "expected";
      if (entry.state === "expected" && isClaimed(entry, session)) this.#attach(entry, session);
    }
    for (const key of worker.jobs) if (this.#settling.isToCome(key)) session.tenants.add(tenantOf(key));
    this.#refuseOthers(session);
  }

  /** It is the worker that speaks, and now: what it did not name when it introduced itself it does not have. */
  #confirm(session: Session): void {
    session.isConfirmed = true;
    this.#giveUpExpected((workerId) => workerId === session.worker.id, "its worker does not have it");
  }

  #attach(entry: Entry, session: Session): void {
    entry.state = "handed";
    session.load += 1;
    session.tenants.add(entry.tenant);
    if (entry.isKilled) session.send({ type: "kill", key: entry.key });
  }

  #isOf(session: Session, key: string): boolean {
    const entry = this.#entries.get(key);
    return entry?.state === "handed" && entry.workerId === session.worker.id;
  }

  /** What it has that is not its own is to stop. */
  #refuseOthers(session: Session): void {
    for (const key of session.worker.jobs)
      if (!this.#settling.isToCome(key) && !this.#isOf(session, key)) this.#refuse(session, key);
  }

  #refuse(session: Session, key: string): void {
    if (session.refused.has(key)) return;
    session.refused.add(key);
    session.send({ type: "kill", key });
  }

  // Messages -----------------------------------------------------------------------------------------------------------

  #hear(session: Session, message: FromWorker, settled: () => void): void {
    const key = keyOf(message);
    if (key !== undefined && this.#settling.isToCome(key) && !this.#entries.has(key)) {
      this.#parked.park({ key, session, message, settled });
      return;
    }
    switch (message.type) {
      case "leaving":
        session.isLeaving = true;
        for (const queue of this.#waiting.queues()) this.#fallBack(queue);
        return settled();
      case "call":
        return void this.#answer(session, message).then(settled);
      default:
        if (this.#isOf(session, message.key)) return this.#relay(message, settled);
        this.#refuse(session, message.key);
        return settled();
    }
  }

  #relay(news: JobNews, settled: () => void): void {
    const host = this.#host;
    const { key } = news;
    switch (news.type) {
      case "started":
        // No clock of another machine dates anything in the future.
        return host.started(key, Math.min(news.at, this.#options.clock.now()), settled);
      case "child-ended":
        return host.childEnded(key, news.child, settled);
      case "log":
        return host.log(key, news.taskId, news.lines, settled);
      case "metrics":
        return host.metrics(key, news.taskId, news.metrics, settled);
      case "ended":
        this.#forget(this.#entries.get(key));
        host.ended(key, news.result, settled);
        return this.#serveAll();
      case "returned":
        this.#giveUp(this.#entries.get(key)!, "its worker stopped and gave it back");
        return settled();
      default:
        return news satisfies never;
    }
  }

  async #answer(session: Session, { args, count, ...call }: WorkerCall): Promise<void> {
    const { target } = call;
    const given = Array.from({ length: count }, (_, position) => args[position]);
    // Files are asked for elsewhere.
    const isAllowed =
      target.type === "service"
        ? session.tenants.has(target.tenant) && !target.method.startsWith("namespaceFiles.")
        : this.#isOf(session, target.key);
    if (!isAllowed) {
      const message = "the worker has no job that may ask for this";
      session.send({ type: "refusal", call: call.call, error: { name: "Error", message } });
    } else await answerCall(this.#host, { ...call, args: given }, (reply) => session.send(reply as ToWorker));
  }

  #describe(session: Session, tenant: string): void {
    session.tenants.add(tenant);
    if (session.described.has(tenant)) return;
    session.described.add(tenant);
    session.send({ type: "services", tenant, methods: methodsOf(this.#host.services(tenant)) });
  }

  // Places -------------------------------------------------------------------------------------------------------------

  #promise(entry: Entry, session: Session): void {
    entry.state = "promised";
    entry.workerId = session.worker.id;
    session.load += 1;
    this.#entries.set(entry.key, entry);
  }

  #serveAll(): void {
    for (const queue of this.#waiting.queues()) this.#serve(queue);
  }

  #serve(queue: Queue<Entry>): void {
    for (;;) {
      const session = freestOf(this.#sessions.values(), queue.target);
      const isHere = session === undefined && queue.target === undefined && this.#ownRoom.share() < 1;
      const entry = session !== undefined || isHere ? this.#waiting.next(queue) : undefined;
      if (entry === undefined) return;
      if (session === undefined) {
        this.#forget(entry);
        this.#host.ungrouped(entry.key);
      } else {
        this.#promise(entry, session);
        this.#host.assigned(entry.key, session.worker.id);
      }
    }
  }

  /**
   * Whether a job of the default group is for this process: when it has the most room, by its share, and when it has none but nobody
   * else will ever have any.
   */
  #isForHere(freest: Session | undefined): boolean {
    if (this.#options.here === undefined) return false;
    const share = this.#ownRoom.share();
    if (freest !== undefined) return share <= freest.load / freest.worker.capacity;
    return share < 1 || !this.#isServedElsewhere(undefined);
  }

  #isServedElsewhere(target: WorkerTarget | undefined): boolean {
    return [...this.#sessions.values()].some((session) => isOfGroup(session, target));
  }

  #sessionOf({ workerId }: Entry): Session | undefined {
    return workerId === undefined ? undefined : this.#sessions.get(workerId);
  }

  #forget(entry: Entry | undefined): void {
    if (entry === undefined || !this.#entries.delete(entry.key)) return;
    const session = this.#sessionOf(entry);
    if (session !== undefined && entry.state !== "expected") session.load -= 1;
    this.#waiting.remove(entry);
  }

  #giveUpExpected(isOf: (workerId: string) => boolean, reason: string): void {
    for (const entry of this.#entries.values())
      if (entry.state === "expected" && isOf(entry.workerId!)) this.#giveUp(entry, reason);
  }

  #giveUp(entry: Entry, reason: string): void {
    const { state } = entry;
    this.#forget(entry);
    // What was only promised is noticed when it is to be handed over.
    if (state !== "promised") this.#host.lost(entry.key, reason);
  }

  // Time ---------------------------------------------------------------------------------------------------------------

  /** Whether a worker of the target may be there, for all that is known. */
  #mayLive(target: WorkerTarget): boolean {
    return !this.#settling.isOver || this.isServed(target);
  }

  /** Who has not come back since the start does not come any more. */
  #settle(): void {
    const isGone = (workerId: string) => !this.#sessions.has(workerId) && this.#settling.isOverFor(workerId);
    this.#giveUpExpected(isGone, "its worker did not come back after the start of the server");
    if (!this.#settling.isOver) return;
    this.#sortOut();
    for (const queue of this.#waiting.queues()) this.#fallBack(queue);
  }

  /** What was said of jobs that nobody will expect does not count. */
  #sortOut(): void {
    for (const { session, message, settled } of this.#parked.takeAll()) this.#hear(session, message, settled);
    for (const session of this.#sessions.values()) this.#refuseOthers(session);
  }

  #pulse(): void {
    const { clock, lostAfterMs, memberLostAfterMs = lostAfterMs } = this.#options;
    const pulseMs = Math.min(lostAfterMs, memberLostAfterMs) / PULSES;
    const now = clock.elapsedMs();
    // A process that stood still itself has heard nobody.
    const stoodStillMs = now - this.#lastPulseAt - pulseMs;
    this.#lastPulseAt = now;
    this.#ownRoom.forget();
    for (const session of this.#sessions.values()) {
      if (stoodStillMs > pulseMs) session.heard();
      session.ping();
      if (session.silentMs > session.lostAfterMs) this.#lost(session);
    }
    this.#cancelPulse = clock.setTimer(clock.now() + pulseMs, () => this.#pulse());
  }

  #lostAfterMs({ isMember }: IntroducedWorker): number {
    const { lostAfterMs, memberLostAfterMs = lostAfterMs } = this.#options;
    return isMember === true ? memberLostAfterMs : lostAfterMs;
  }

  #lost(session: Session): void {
    const { worker, lostAfterMs } = session;
    const { logger } = this.#options;
    this.#sessions.delete(worker.id);
    session.end();
    const jobs = [...this.#entries.values()].filter(({ workerId }) => workerId === worker.id);
    if (!session.isLeaving || jobs.length > 0)
      logger.warn(
        { worker: worker.name, workerId: worker.id, jobs: jobs.length },
        "a worker is lost: its jobs start again",
      );
    for (const entry of jobs) this.#giveUp(entry, `its worker was silent for ${lostAfterMs / 1_000} seconds`);
    for (const queue of this.#waiting.queues()) this.#fallBack(queue);
    this.serveHere();
  }

  /** Jobs that wait for a group without any worker do what they say. */
  #fallBack(queue: Queue<Entry>): void {
    const { target } = queue;
    if (target === undefined || target.fallback === "WAIT" || this.#mayLive(target)) return;
    for (let entry = this.#waiting.next(queue); entry !== undefined; entry = this.#waiting.next(queue)) {
      this.#forget(entry);
      if (target.fallback === "IGNORE") this.#host.ungrouped(entry.key);
      else this.#host.ended(entry.key, refusalOf(target, target.fallback));
    }
  }
}
