/**
 * Group commit over one connection. A writer is
 *
 * - idle: nothing waits; the next unit is committed when the event loop turns over;
 * - committing: one transaction is under way, and units that arrive wait for the next one;
 * - cut off: the connection is lost, and tried again with growing pauses. The transaction that was under way is undecided:
 *   the number of the last commit, which the database keeps, says what became of it once the connection is back. It is
 *   acknowledged then, or sent again. Who waits longer than `PATIENCE_MS` is told `store-unreachable`; who commits the same unit
 *   again is told what became of it, so that nothing is written twice;
 * - ended: it was stopped, or another process took the database over.
 */
import { setTimeout as delay } from "node:timers/promises";
import { StoreError } from "../../errors.ts";
import type { CommitUnit } from "../../store.ts";
import { type Change, encodeUnit, type Sequence } from "./encode-unit.ts";
import { type Drift, driftBeyond, driftChange, widest } from "./partitions/drift.ts";
import { isPartitionMade, isTakenOver, isUnreachable } from "./postgres-errors.ts";
import type { Backend } from "./driver.ts";
import { openWriter, type WriterConnection, type WriterOptions } from "./writer-connection.ts";
import { stepsFor } from "./write-set.ts";

export interface Writer {
  commit(unit: CommitUnit): Promise<void>;
  /** Commits what is pending, as long as the database answers, then ends. */
  stop(): Promise<void>;
}

export interface WriterEvents {
  /** The connection was lost, or is back. */
  readonly onConnection?: ((change: ConnectionChange) => void) | undefined;
  /** Nothing can be committed any more. */
  readonly onFailure?: ((error: StoreError) => void) | undefined;
}

export type ConnectionChange = { readonly isUp: true } | { readonly isUp: false; readonly error: StoreError };

/** A longer transaction gains little and makes its units wait. */
const UNITS_PER_COMMIT_MAX = 1_000;
/** How often in a row a commit may find that partitions were just made. */
const PARTITIONS_MADE_MAX = 3;
/** How long units wait for a lost connection before those who sent them are told, by default, in milliseconds. */
const PATIENCE_MS = 5_000;
/** Pauses between attempts to connect, in milliseconds: short ones as long as somebody waits who was not told. */
const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX_WAITED = 500;
const PAUSE_MS_MAX = 5_000;

interface Pending {
  readonly unit: CommitUnit;
  readonly changes: readonly Change[];
  /** How far its executions are from the times in their ids, where that is further than was known. */
  readonly drift: Drift | undefined;
  /** What its sender is told. */
  readonly answer: PromiseWithResolvers<void>;
  /** What became of it; later than the answer when the sender was told that it is not known. */
  readonly decision: PromiseWithResolvers<void>;
}

type Connection = WriterConnection & { readonly backend: Backend };

/** Opens the database and begins to commit. */
export async function startWriter(options: WriterOptions, events: WriterEvents): Promise<Writer> {
  return new PostgresWriter(await openWriter(options), options, events);
}

class PostgresWriter implements Writer {
  readonly #options: WriterOptions;
  readonly #events: WriterEvents;
  readonly #sequence: Sequence;
  #connection: Connection;
  /** The number of the last transaction that is known to be committed. */
  #commits: number;
  #drift: Drift;
  readonly #waiting: Pending[] = [];
  /** What became of units whose senders were told before it was known. */
  readonly #undecided = new WeakMap<CommitUnit, Promise<void>>();
  #working: Promise<void> | undefined;
  /** Why units are refused at once: the connection has been lost for longer than anybody should wait. */
  #cutOff: StoreError | undefined;
  #ended: StoreError | undefined;
  readonly #stopping = Promise.withResolvers<void>();
  #isStopping = false;

  constructor(connection: Connection, options: WriterOptions, events: WriterEvents) {
    this.#options = options;
    this.#events = events;
    this.#connection = connection;
    this.#commits = connection.commits;
    this.#drift = connection.drift;
    this.#sequence = { last: connection.sequence };
  }

  async commit(unit: CommitUnit): Promise<void> {
    const refusal = this.#ended ?? this.#cutOff;
    if (refusal !== undefined) throw refusal;
    const known = this.#undecided.get(unit);
    if (known !== undefined) return known;
    const pending = this.#encoded(unit);
    this.#waiting.push(pending);
    this.#begin();
    return pending.answer.promise;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopping.resolve();
    while (this.#working !== undefined) await this.#working;
    this.#ended ??= new StoreError("store-closed", "the store was stopped");
    if (!this.#connection.isAlive) return;
    await this.#connection.release().catch(() => undefined); // It goes with the connection.
    await this.#connection.close();
  }

  #encoded(unit: CommitUnit): Pending {
    const { last } = this.#sequence;
    try {
      const drift = driftBeyond(this.#drift, unit.executions ?? []);
      const encoded = encodeUnit(unit, this.#sequence);
      const changes = drift === undefined ? encoded : [driftChange(drift), ...encoded];
      return { unit, changes, drift, answer: Promise.withResolvers(), decision: Promise.withResolvers() };
    } catch (error) {
      this.#sequence.last = last;
      throw new StoreError("store-invalid", error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  #begin(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#waiting.length > 0 && this.#ended === undefined) this.#begin();
    });
  }

  /** When the event loop turns over, so that everything committed in this turn shares a transaction; then what came meanwhile. */
  async #work(): Promise<void> {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    while (this.#waiting.length > 0 && this.#ended === undefined) {
      await this.#commitTogether(this.#waiting.splice(0, UNITS_PER_COMMIT_MAX));
    }
  }

  /** All units in one transaction. If it is refused, each in its own: the one at fault leaves nothing behind. */
  async #commitTogether(units: readonly Pending[]): Promise<void> {
    const error = await this.#whyNot(units);
    if (error !== undefined && units.length > 1 && this.#ended === undefined) {
      for (const unit of units) await this.#commitTogether([unit]);
      return;
    }
    for (const pending of units) {
      if (error === undefined && pending.drift !== undefined) this.#drift = widest(this.#drift, pending.drift);
      decide(pending, error);
    }
  }

  /** Commits, over as many connections as it takes; answers why that is refused. */
  async #whyNot(units: readonly Pending[]): Promise<StoreError | undefined> {
    const number = this.#commits + 1;
    const sequence = this.#sequence.last;
    const steps = stepsFor(units.flatMap(({ changes }) => changes));
    for (let made = 0; this.#ended === undefined;) {
      try {
        await this.#connection.commit(steps, { number, sequence });
        this.#commits = number;
        return undefined;
      } catch (error) {
        const typed = error as StoreError;
        if (isPartitionMade(typed) && made < PARTITIONS_MADE_MAX) {
          made += 1;
          continue;
        }
        if (isTakenOver(typed)) this.#end(typed);
        if (this.#connection.isAlive && !isUnreachable(typed)) return typed;
        await this.#reconnect(typed, units);
        this.#commits = this.#connection.commits;
        if (this.#ended === undefined && this.#commits === number) return undefined;
      }
    }
    return this.#ended;
  }

  async #reconnect(loss: StoreError, units: readonly Pending[]): Promise<void> {
    let reason = loss;
    this.#events.onConnection?.({ isUp: false, error: loss });
    const patience = setTimeout(() => {
      this.#cutOff = reason;
      this.#tellWaiting(reason, units);
    }, this.#options.patienceMs?.() ?? PATIENCE_MS);
    const { epoch, backend } = this.#connection;
    void this.#connection.close().catch(() => undefined); // It is lost; this frees what is left of it here.
    for (let pause = PAUSE_MS_MIN; this.#ended === undefined; pause = this.#longer(pause)) {
      try {
        this.#connection = await openWriter(this.#options, { epoch, backend });
        break;
      } catch (failure) {
        reason = failure as StoreError;
        if (this.#cutOff !== undefined) this.#cutOff = reason;
        if (this.#isStopping || reason.code === "store-locked") this.#end(reason);
        else await Promise.race([delay(pause), this.#stopping.promise]);
      }
    }
    clearTimeout(patience);
    this.#cutOff = undefined;
    if (this.#ended === undefined) this.#events.onConnection?.({ isUp: true });
  }

  #longer(pauseMs: number): number {
    return Math.min(2 * pauseMs, this.#cutOff === undefined ? PAUSE_MS_MAX_WAITED : PAUSE_MS_MAX);
  }

  /** Those who wait hear that nothing goes on. What is under way may have been kept, which is decided later. */
  #tellWaiting(error: StoreError, underWay: readonly Pending[]): void {
    for (const pending of this.#waiting.splice(0)) decide(pending, error);
    for (const { unit, answer, decision } of underWay) {
      this.#undecided.set(unit, decision.promise);
      answer.reject(error);
    }
  }

  #end(error: StoreError): void {
    this.#ended = error;
    for (const pending of this.#waiting.splice(0)) decide(pending, error);
    if (!this.#isStopping) this.#events.onFailure?.(error);
  }
}

function decide({ answer, decision }: Pending, error: StoreError | undefined): void {
  decision.promise.catch(() => undefined); // Told to who asks for it, if anybody does.
  if (error === undefined) {
    answer.resolve();
    decision.resolve();
  } else {
    answer.reject(error);
    decision.reject(error);
  }
}
