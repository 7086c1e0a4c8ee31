/**
 * The end of a line at the worker. It opens the line, opens another one whenever that breaks, and goes on with the session; where the
 * server knows nothing of it (another one leads, or it began anew), a new session begins with all that was not settled. A worker that
 * reaches no server for as long as a server waits for it is cut off: its jobs are somebody else's from then on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createInbox } from "./inbox.ts";
import {
  BATCH_CHARACTERS,
  type FromWorker,
  type Hello,
  type LineText,
  type ToWorker,
  type Welcome,
} from "./messages.ts";
import { createOutbox } from "./outbox.ts";

/** How messages get to a server and back. */
export interface Transport {
  /**
   * Opens a line; `text` gets what comes after the welcome, in pieces as they come. Rejects with a `Refused` where it makes no sense to
   * try again, and otherwise when nobody answers. `closed` resolves when the line is cut.
   */
  open(hello: Hello, text: (piece: string) => void, signal: AbortSignal): Promise<OpenLine>;
  /** Sends messages; answers up to which all were heard, or nothing where the session is not known. */
  post(session: string, text: string, signal: AbortSignal): Promise<number | undefined>;
}

export interface OpenLine {
  readonly welcome: Welcome;
  readonly closed: Promise<void>;
}

/** The server does not take this worker, and says why. */
export class Refused extends Error {}

export interface UplinkParts {
  readonly transport: Transport;
  /** Who the worker is; its jobs are those that it has at the moment. */
  readonly self: () => Omit<Hello, "session" | "received">;
  readonly heard: (message: ToWorker) => void;
  /** The jobs that run are somebody else's: they are to be stopped. Answers which messages still count, by the key of their job. */
  readonly cutOff: () => (key: string | undefined) => boolean;
  readonly news: (what: UplinkNews) => void;
}

export type UplinkNews =
  | { readonly type: "connected"; readonly isResumed: boolean }
  | { readonly type: "broken"; readonly error?: unknown }
  | { readonly type: "cut-off" };

/** Pauses between tries, in milliseconds. */
const PAUSE_MS_FIRST = 50;
const PAUSE_MS_MAX = 2_000;
/** Signs of life each time that a worker may be silent; after half of them without an answer the line counts as broken. */
const PULSES = 6;
/** Messages heard after which the server is told so at once: until then it keeps them. */
const HEARD_MAX = 256;
/** Before anybody said how long a worker may be silent, in milliseconds. */
const LOST_AFTER_MS = 30_000;

export class Uplink {
  readonly #parts: UplinkParts;
  readonly #outbox = createOutbox();
  readonly #ended = new AbortController();
  #inbox = createInbox();
  #session: string | undefined;
  #wasConnected = false;
  /** Ends the line that is open, or being opened. */
  #line: AbortController | undefined;
  #isOpen = false;
  #lostAfterMs = LOST_AFTER_MS;
  /** When a server was last known to hear this worker. */
  #reachedAt = performance.now();
  #heardAt = performance.now();
  #toldHeard = 0;
  #posting: Promise<void> | undefined;
  #isPosting = false;
  #pulse: NodeJS.Timeout | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  #unsettled = 0;

  constructor(parts: UplinkParts) {
    this.#parts = parts;
  }

  /** `key` names the job that it is about; `settled` is called once it is durable, or will never count. */
  send(message: FromWorker, about: { readonly key?: string; readonly settled?: (() => void) | undefined } = {}): void {
    this.#unsettled += 1;
    const settled = () => {
      this.#unsettled -= 1;
      about.settled?.();
      if (this.#unsettled > 0) return;
      this.#drained?.resolve();
      this.#drained = undefined;
    };
    this.#outbox.push(message, { ...about, settled });
    this.#postSoon();
  }

  /** Keeps a line open until `end`. Rejects with a `Refused` where the first server that answers does not take it. */
  async run(): Promise<void> {
    this.#arm();
    let pauseMs = PAUSE_MS_FIRST;
    while (!this.#ended.signal.aborted) {
      try {
        await this.#keepLine(() => {
          pauseMs = PAUSE_MS_FIRST;
        });
        if (this.#ended.signal.aborted) return;
        this.#parts.news({ type: "broken" });
      } catch (error) {
        if (error instanceof Refused && !this.#wasConnected) throw error;
        if (this.#ended.signal.aborted) return;
        this.#parts.news({ type: "broken", error });
      }
      await sleep(pauseMs, undefined, { signal: this.#ended.signal }).catch(() => undefined); // Ended.
      pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX);
    }
  }

  /** Resolves when all that was said is settled, or after so many milliseconds. */
  async drained(milliseconds: number): Promise<void> {
    if (this.#unsettled === 0) return;
    this.#drained ??= Promise.withResolvers();
    await Promise.race([this.#drained.promise, sleep(milliseconds, undefined, { ref: false })]);
  }

  /** Whether a server knows of this worker, for all that is known here. */
  get isConnected(): boolean {
    return this.#session !== undefined;
  }

  async end(): Promise<void> {
    clearInterval(this.#pulse);
    this.#ended.abort();
    await this.#posting;
  }

  // The line down ------------------------------------------------------------------------------------------------------

  async #keepLine(opened: () => void): Promise<void> {
    const { transport, self, news } = this.#parts;
    const line = new AbortController();
    this.#line = line;
    const signal = AbortSignal.any([line.signal, this.#ended.signal]);
    const since = performance.now();
    this.#heardAt = since;
    const hello = { ...self(), session: this.#session, received: this.#inbox.received };
    let rest = "";
    const early: string[] = [];
    let isWelcome = false;
    const take = (piece: string) => {
      this.#heardAt = performance.now();
      const lines = (rest + piece).split("\n");
      rest = lines.pop()!;
      for (const text of lines)
        if (text !== "" && !line.signal.aborted) this.#hear(JSON.parse(text) as LineText<ToWorker>);
    };
    try {
      const open = await transport.open(hello, (piece) => (isWelcome ? take(piece) : void early.push(piece)), signal);
      this.#isOpen = true;
      this.#begin(open.welcome, since);
      opened();
      news({ type: "connected", isResumed: open.welcome.isResumed });
      isWelcome = true;
      for (const piece of early) take(piece);
      this.#postSoon();
      await open.closed;
    } finally {
      this.#isOpen = false;
      line.abort();
    }
  }

  #begin({ session, isResumed, received, lostAfterMs }: Welcome, since: number): void {
    this.#reachedAt = Math.max(this.#reachedAt, since);
    this.#lostAfterMs = lostAfterMs;
    this.#arm();
    if (isResumed) this.#outbox.resume(received);
    else {
      this.#inbox = createInbox();
      this.#toldHeard = 0;
      this.#outbox.restart(() => true);
    }
    this.#session = session;
    this.#wasConnected = true;
  }

  #hear({ n, m, settled }: LineText<ToWorker>): void {
    for (const [from, to] of settled ?? []) this.#outbox.settle(from, to);
    if (n === undefined || m === undefined || !this.#inbox.take(n)) return;
    this.#parts.heard(m);
    if (this.#inbox.received - this.#toldHeard >= HEARD_MAX) this.#postSoon();
  }

  // The way up ---------------------------------------------------------------------------------------------------------

  /**
   * What is said in one turn leaves together, and what is said while it is on its way leaves after it. Between two lines nobody knows
   * whether the session goes on.
   */
  #postSoon(): void {
    if (this.#isPosting || !this.#isOpen || this.#session === undefined) return;
    this.#isPosting = true;
    setImmediate(() => {
      this.#posting = this.#postAll();
    });
  }

  async #postAll(): Promise<void> {
    const line = this.#line;
    try {
      do if (line === undefined || !(await this.#post(line))) break;
      while (this.#outbox.hasUnsent);
    } catch {
      // It may have arrived or not: the next line tells.
      line?.abort();
    } finally {
      this.#isPosting = false;
      // What was said meanwhile leaves by the line that was opened meanwhile.
      if (this.#line !== line) this.#postSoon();
    }
  }

  /** Answers whether the line is still of use. */
  async #post(line: AbortController): Promise<boolean> {
    const session = this.#session;
    const signal = AbortSignal.any([line.signal, this.#ended.signal]);
    if (session === undefined || signal.aborted) return false;
    const { received } = this.#inbox;
    const text = `{"heard":${received}}\n${this.#outbox.take(BATCH_CHARACTERS) ?? ""}`;
    const since = performance.now();
    const taken = await this.#parts.transport.post(session, text, signal);
    // Another line, or another session, has begun meanwhile, and has told how far the server is.
    if (this.#line !== line) return false;
    if (this.#session !== session) return true;
    // The server knows nothing of the session: another line begins another one.
    if (taken === undefined) {
      line.abort();
      return false;
    }
    this.#reachedAt = Math.max(this.#reachedAt, since);
    this.#heardAt = performance.now();
    this.#toldHeard = received;
    this.#outbox.resume(taken);
    return true;
  }

  // Time ---------------------------------------------------------------------------------------------------------------

  #arm(): void {
    clearInterval(this.#pulse);
    this.#pulse = setInterval(() => this.#beat(), this.#lostAfterMs / PULSES);
  }

  #beat(): void {
    const now = performance.now();
    if (now - this.#reachedAt > this.#lostAfterMs) this.#cutOff();
    if (now - this.#heardAt > this.#lostAfterMs / 2) this.#line?.abort();
    this.#postSoon();
  }

  #cutOff(): void {
    if (this.#session !== undefined) this.#parts.news({ type: "cut-off" });
    this.#session = undefined;
    this.#line?.abort();
    this.#outbox.restart(this.#parts.cutOff());
  }
}
