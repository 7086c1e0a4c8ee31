import type { Clock } from "../../clock.ts";
import { createInbox, createSettlements, type Settlements } from "./inbox.ts";
import type { FromWorker, IntroducedWorker, LineText, ToWorker, Welcome } from "./messages.ts";
import { createOutbox } from "./outbox.ts";

/** The way to a worker that holds at the moment. */
export interface Sink {
  write(text: string): void;
  end(): void;
}

/** A message of a worker; `settled` is to be called once it is durable, or will never count. */
export type Heard = (message: FromWorker, settled: () => void) => void;

/** What a server and one worker say to each other; it lasts longer than the lines that carry it. */
export class Session {
  readonly id: string;
  readonly worker: IntroducedWorker;
  readonly since: number;
  /** The worker has said something since it was welcomed: nobody else has held up what it introduced itself with. */
  isConfirmed = false;
  /** Jobs that it has, or is about to get. */
  load = 0;
  isLeaving: boolean;
  #heardAt: number;
  /** Tenants that it has had jobs of: it may ask for what is theirs. */
  readonly tenants = new Set<string>();
  /** Tenants whose services it was told of. */
  readonly described = new Set<string>();
  /** Jobs that are not its own any more; it was told so. */
  readonly refused = new Set<string>();
  /** How long it may be silent, in milliseconds. */
  readonly lostAfterMs: number;
  readonly #clock: Clock;
  readonly #outbox = createOutbox();
  readonly #inbox = createInbox();
  readonly #settlements: Settlements = createSettlements();
  #sink: Sink | undefined;
  #isFlushing = false;

  constructor(
    id: string,
    worker: IntroducedWorker,
    { clock, lostAfterMs }: { readonly clock: Clock; readonly lostAfterMs: number },
  ) {
    this.id = id;
    this.worker = worker;
    this.lostAfterMs = lostAfterMs;
    this.#clock = clock;
    this.since = clock.now();
    this.isLeaving = worker.isLeaving;
    this.#heardAt = clock.elapsedMs();
  }

  /** How long nothing was heard of the worker, in milliseconds, whatever is done to the machine's clock meanwhile. */
  get silentMs(): number {
    return this.#clock.elapsedMs() - this.#heardAt;
  }

  /** There was a sign of life, or none could be heard. */
  heard(): void {
    this.#heardAt = this.#clock.elapsedMs();
  }

  get isConnected(): boolean {
    return this.#sink !== undefined;
  }

  send(message: ToWorker): void {
    this.#outbox.push(message);
    this.#flushSoon();
  }

  /** The worker opened a line; it has heard our messages up to `received`. The line it had before is no use any more. */
  connect(received: number, sink: Sink): Omit<Welcome, "lostAfterMs" | "isResumed"> {
    this.#sink?.end();
    this.#sink = sink;
    this.heard();
    this.#outbox.settle(1, received);
    this.#outbox.resume(received);
    this.#settlements.tellAgain();
    this.#flushSoon();
    return { session: this.id, received: this.#inbox.received };
  }

  /** The line is cut, unless there is another one by now. */
  disconnected(sink: Sink): void {
    if (this.#sink === sink) this.#sink = undefined;
  }

  /** Takes lines of the worker; answers up to which of its messages all were heard. */
  receive(text: string, take: Heard): number {
    this.heard();
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const { n, m, heard: received } = JSON.parse(line) as LineText<FromWorker>;
      if (received !== undefined) this.#outbox.settle(1, received);
      if (n !== undefined && m !== undefined && this.#inbox.take(n)) take(m, () => this.#settled(n));
    }
    return this.#inbox.received;
  }

  /** Shows the worker that somebody is there. */
  ping(): void {
    this.#sink?.write("{}\n");
  }

  end(): void {
    this.#sink?.end();
    this.#sink = undefined;
  }

  #settled(number: number): void {
    this.#settlements.add(number);
    this.#flushSoon();
  }

  /** What is said in one turn leaves together. */
  #flushSoon(): void {
    if (this.#isFlushing || this.#sink === undefined) return;
    this.#isFlushing = true;
    this.#clock.defer(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#sink === undefined) return;
    let text = this.#outbox.take(Infinity) ?? "";
    const settled = this.#settlements.take();
    // Behind the answers: who is told that a question is settled has its answer.
    if (settled !== undefined) text += `${JSON.stringify({ settled } satisfies LineText<never>)}\n`;
    if (text !== "") this.#sink.write(text);
  }
}
