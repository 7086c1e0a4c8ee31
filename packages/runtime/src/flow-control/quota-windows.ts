import type { JsonMap } from "@capstan/model";
import type { DocumentKey, DocumentRow, Store } from "@capstan/store";
import type { Clock } from "../clock.ts";
import { defined } from "../defined.ts";
import { createFairQueue, type FairQueue } from "./fair-queue.ts";
import type { Count, LimitPlace, QuotaRule } from "./rules.ts";
import type { Stand } from "./stand.ts";

const KIND = "quota";

/** The window of one count of a quota, and those that wait for the next. */
export interface QuotaLine {
  readonly kind: "quota";
  readonly name: string;
  readonly where: LimitPlace;
  /** The text of the key. */
  readonly key: string | undefined;
  readonly durationMs: number;
  /** As the last one that asked knew it. */
  limit: number;
  /** Epoch milliseconds. */
  windowStart: number;
  count: number;
  readonly waiting: FairQueue<Stand>;
}

/** How many executions started in the windows of quotas. Windows begin at multiples of their length after the epoch, in UTC. */
export interface QuotaWindows {
  /** Reads what was counted before this process; asked before a quota is asked for the first time. */
  load(): Promise<void>;
  /** The line of a count, in the window of now. */
  line(rule: Pick<QuotaRule, "where" | "durationMs" | "limit">, count: Count): QuotaLine;
  /** All of a tenant in whose windows something was counted, or somebody waits. */
  ofTenant(tenant: string): readonly QuotaLine[];
  /** Those whose window is over and in which somebody waits, moved to the window of now. */
  turned(): readonly QuotaLine[];
  /** Epoch milliseconds at which the next window begins that somebody waits for. */
  nextTurn(): number | undefined;
  /** What a count is to be stored as, and counts that are over since. */
  written(line: QuotaLine): { readonly row: DocumentRow; readonly over: readonly DocumentKey[] };
}

/** Lines in memory from which on those whose window is over are looked for; the next time at twice as many as are left. */
const SWEEP_MIN = 1_000;

interface StoredCount extends Pick<QuotaLine, "where"> {
  readonly key?: string;
  readonly durationMs: number;
  readonly limit: number;
  readonly windowStart: number;
  readonly count: number;
}

export function createQuotaWindows(store: Store, clock: Clock): QuotaWindows {
  const lines = new Map<string, QuotaLine>();
  let sweepAt = SWEEP_MIN;
  let loaded: Promise<void> | undefined;
  const current = (line: QuotaLine): QuotaLine => {
    const windowStart = windowOf(clock.now(), line.durationMs);
    // A clock that was set back does not open a window again.
    if (windowStart > line.windowStart) Object.assign(line, { windowStart, count: 0 });
    return line;
  };
  const load = async () => {
    const over: DocumentKey[] = [];
    for (const { tenant, kind, id, body } of await store.documents.ofKind(KIND)) {
      const { durationMs, limit, windowStart, count, where, key } = body as unknown as StoredCount;
      if (windowStart + durationMs <= clock.now()) over.push({ tenant, kind, id });
      else {
        const waiting = createFairQueue<Stand>();
        lines.set(id, { kind: KIND, name: id, where, key, durationMs, limit, windowStart, count, waiting });
      }
    }
    if (over.length > 0) await store.commit({ removedDocuments: over });
  };
  const sweep = (): readonly DocumentKey[] => {
    if (lines.size < sweepAt) return [];
    const over = [...lines.values()].filter((line) => line.waiting.size === 0 && endOf(line) <= clock.now());
    for (const { name } of over) lines.delete(name);
    sweepAt = Math.max(SWEEP_MIN, lines.size * 2);
    return over.map(({ where: { tenant }, name: id }) => ({ tenant, kind: KIND, id }));
  };
  return {
    load: () => {
      loaded ??= load().catch((error: unknown) => {
        loaded = undefined;
        throw error;
      });
      return loaded;
    },
    line: ({ where, durationMs, limit }, { name, key }) => {
      let line = lines.get(name);
      if (line === undefined) {
        const windowStart = windowOf(clock.now(), durationMs);
        line = { kind: KIND, name, where, key, durationMs, limit, windowStart, count: 0, waiting: createFairQueue() };
        lines.set(name, line);
      }
      return current(line);
    },
    ofTenant: (tenant) => [...lines.values()].filter((line) => line.where.tenant === tenant).map(current),
    turned: () =>
      [...lines.values()].filter((line) => line.waiting.size > 0 && endOf(line) <= clock.now()).map(current),
    nextTurn: () => {
      let next: number | undefined;
      for (const line of lines.values())
        if (line.waiting.size > 0 && (next === undefined || endOf(line) < next)) next = endOf(line);
      return next;
    },
    written: ({ where, key, name: id, durationMs, limit, windowStart, count }) => {
      const body: StoredCount = { durationMs, limit, windowStart, count, where, ...defined({ key }) };
      const row = { tenant: where.tenant, kind: KIND, id, body: body as unknown as JsonMap, updatedAt: clock.now() };
      return { row, over: sweep() };
    },
  };
}

/** Epoch milliseconds at which the window of a line is over. */
export function endOf({ windowStart, durationMs }: Pick<QuotaLine, "windowStart" | "durationMs">): number {
  return windowStart + durationMs;
}

function windowOf(now: number, durationMs: number): number {
  return Math.floor(now / durationMs) * durationMs;
}
