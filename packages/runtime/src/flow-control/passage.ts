import type { LimitReached, LiveExecution } from "@capstan/engine";
import { ADMITTED, type Admitted } from "./admission.ts";
import { hasRoom, holdersOf, type Pool, type Pools } from "./pools.ts";
import { endOf, type QuotaLine, type QuotaWindows } from "./quota-windows.ts";
import { countFor, queuePlace, type ConcurrencyRule, type Count, type QuotaRule, type Rule } from "./rules.ts";
import type { Stand } from "./stand.ts";

/**
 * How executions get past their limits: first the quotas, one after the other, then all concurrency limits at once. One that
 * waits holds no place, so that no two can wait for each other; it waits in one queue, that of the first limit that is reached.
 */
export interface Passage {
  /** Asks the limits from where it stands on. */
  pass(stand: Stand): Admitted;
  /** Gives it a place everywhere, whatever the limits are. */
  hold(stand: Stand): void;
  /** It waits for nothing and holds nothing any more; answers where others may come now, the narrower limits first. */
  leave(stand: Stand): readonly Pool[];
  /** The next one that waits for a pool that has room, or a line whose window has, and what it came to. */
  next(from: Pool | QuotaLine): { readonly stand: Stand; readonly admitted: Admitted } | undefined;
}

/** What an execution that comes with REPLACE does to others. */
export interface Superseding {
  /** It waited for the same place. */
  waiting(other: LiveExecution, by: LiveExecution): void;
  /** It has the place. */
  holder(other: LiveExecution, by: LiveExecution): void;
}

export function createPassage(pools: Pools, windows: QuotaWindows, superseding: Superseding): Passage {
  const placed = (stand: Stand, isFirst: boolean): Admitted => {
    const wanted = placesOf(stand);
    for (const { rule, count } of wanted) {
      const pool = pools.get(count.name);
      if (pool === undefined) continue;
      // Who has waited may bring the limit of an older revision.
      if (stand.isFresh) pool.limit = rule.limit;
      if (hasRoom(pool) && (isFirst || pool.waiting.size === 0)) continue;
      const limit = { ...about(rule, count), holders: holdersOf(pool), ahead: pool.waiting.size };
      if (rule.behavior === "REPLACE") takeTurn(pool, stand, superseding);
      if (rule.behavior === "QUEUE" || rule.behavior === "REPLACE") waitIn(pool, stand);
      return { admission: rule.behavior === "REPLACE" ? "QUEUE" : rule.behavior, limit };
    }
    for (const { rule, count } of wanted) enter(pools.of(rule, count), stand);
    return ADMITTED;
  };
  const pass = (stand: Stand): Admitted => {
    for (; stand.next < stand.rules.length; stand.next += 1) {
      const rule = stand.rules[stand.next]!;
      if (rule.kind !== "quota") break;
      const count = countFor(rule, stand.execution);
      const limit = count && askQuota(windows.line(rule, count), stand, rule, count);
      if (limit !== undefined) return { admission: rule.behavior, limit };
    }
    return placed(stand, false);
  };
  return {
    pass,
    hold: (stand) => {
      for (const { rule, count } of placesOf(stand)) enter(pools.of(rule, count), stand);
    },
    leave: (stand) => {
      const { waitsFor, held } = stand;
      stand.waitsFor = undefined;
      waitsFor?.waiting.delete(stand.id);
      if (waitsFor?.kind === "pool") pools.leave(waitsFor, stand);
      const left = [...held];
      held.clear();
      for (const pool of left) pools.leave(pool, stand);
      return left;
    },
    next: (from) => {
      if (from.kind === "pool" ? !hasRoom(from) : from.count >= limitOfFirst(from)) return undefined;
      const stand = from.waiting.shift();
      if (stand === undefined) return undefined;
      stand.waitsFor = undefined;
      if (from.kind === "pool") {
        const admitted = placed(stand, true);
        pools.leave(from, undefined);
        return { stand, admitted };
      }
      countIn(from, stand);
      stand.next += 1;
      return { stand, admitted: pass(stand) };
    },
  };
}

/** The concurrency limits that count an execution. */
function placesOf({ rules, execution }: Stand): readonly { readonly rule: ConcurrencyRule; readonly count: Count }[] {
  return rules.flatMap((rule) => {
    const count = rule.kind === "concurrency" ? countFor(rule, execution) : undefined;
    return rule.kind === "concurrency" && count !== undefined ? [{ rule, count }] : [];
  });
}

/** Counts an execution in, or answers what it came to. */
function askQuota(line: QuotaLine, stand: Stand, rule: QuotaRule, count: Count): LimitReached | undefined {
  if (stand.isFresh) line.limit = rule.limit;
  if (line.count < rule.limit && line.waiting.size === 0) {
    countIn(line, stand);
    return undefined;
  }
  const window = { durationMs: rule.durationMs, endsAt: endOf(line) };
  const reached = { ...about(rule, count), window, holders: [], ahead: line.waiting.size };
  if (rule.behavior === "QUEUE") waitIn(line, stand);
  return reached;
}

/** The newest wins: those that wait give way, and one that runs makes room. */
function takeTurn(pool: Pool, { execution }: Stand, superseding: Superseding): void {
  for (let other = pool.waiting.shift(); other !== undefined; other = pool.waiting.shift())
    superseding.waiting(other.execution, execution);
  const [oldest] = pool.holders.values();
  if (oldest === undefined || pool.leaving.size > 0) return;
  pool.leaving.add(oldest.id);
  superseding.holder(oldest.execution, execution);
}

/** The limit that the first of a line waits at. */
function limitOfFirst({ waiting }: QuotaLine): number {
  const [first] = waiting.values();
  return first?.rules[first.next]?.limit ?? 0;
}

function enter(pool: Pool, stand: Stand): void {
  pool.holders.set(stand.id, stand);
  stand.held.add(pool);
}

function countIn(line: QuotaLine, stand: Stand): void {
  line.count += 1;
  stand.counted.push(line);
}

function waitIn(line: Pool | QuotaLine, stand: Stand): void {
  stand.isFresh = false;
  line.waiting.push(stand.id, stand, { ...queuePlace(stand.execution), arrival: stand.arrival });
  stand.waitsFor = line;
}

function about({ limit, scope }: Rule, { key }: Count): Pick<LimitReached, "limit" | "scope" | "key"> {
  return { limit, ...(scope === undefined ? {} : { scope }), ...(key === undefined ? {} : { key }) };
}
