import type { LimitReached, LiveExecution } from "@capstan/engine";
import { ADMITTED, type Admitted } from "./admission.ts";
import { hasRoom, holdersOf, type Pool, type Pools } from "./pools.ts";
import { endOf, type QuotaLine, type QuotaWindows } from "./quota-windows.ts";
import { countFor, queuePlace, type ConcurrencyRule, type Count, type QuotaRule, type Rule } from "./rules.ts";
import type { Stand } from "./stand.ts";

/** How executions get past their limits, one after the other; each waits for one thing at a time. */
export interface Passage {
  /** Asks the limits from where it stands on. */
  pass(stand: Stand): Admitted;
  /** Gives it a place everywhere, whatever the limits are. */
  hold(stand: Stand): void;
  /** It waits for nothing and holds nothing any more; answers where others may come now. */
  leave(stand: Stand): readonly Pool[];
  /** Takes the next one that waits out of a pool that has room, or a line whose window has, and lets it past that limit. */
  next(from: Pool | QuotaLine): Stand | undefined;
}

/** What an execution that comes with REPLACE does to others. */
export interface Superseding {
  /** It waited for the same place. */
  waiting(other: LiveExecution, by: LiveExecution): void;
  /** It has the place. */
  holder(other: LiveExecution, by: LiveExecution): void;
}

export function createPassage(pools: Pools, windows: QuotaWindows, superseding: Superseding): Passage {
  return {
    pass: (stand) => {
      const { rules, execution } = stand;
      for (; stand.next < rules.length; stand.next += 1) {
        const rule = rules[stand.next]!;
        const count = countFor(rule, execution.fixed.control);
        if (count === undefined) continue;
        const limit =
          rule.kind === "quota"
            ? askQuota(windows.line(rule, count), stand, rule, count)
            : askPool(pools.of(rule, count), stand, rule, count, superseding);
        if (limit !== undefined) return { admission: rule.behavior === "REPLACE" ? "QUEUE" : rule.behavior, limit };
      }
      return ADMITTED;
    },
    hold: (stand) => {
      for (const rule of stand.rules) {
        const count = rule.kind === "quota" ? undefined : countFor(rule, stand.execution.fixed.control);
        if (count !== undefined) enter(pools.of(rule, count), stand);
      }
      stand.next = stand.rules.length;
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
      stand.next += 1;
      if (from.kind === "pool") enter(from, stand);
      else countIn(from, stand);
      return stand;
    },
  };
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

/** Gives an execution a place, or answers what it came to. */
function askPool(
  pool: Pool,
  stand: Stand,
  rule: ConcurrencyRule,
  count: Count,
  superseding: Superseding,
): LimitReached | undefined {
  // Who has waited may bring the limit of an older revision.
  if (stand.isFresh) pool.limit = rule.limit;
  if (hasRoom(pool) && pool.waiting.size === 0) {
    enter(pool, stand);
    return undefined;
  }
  const reached = { ...about(rule, count), holders: holdersOf(pool), ahead: pool.waiting.size };
  if (rule.behavior === "REPLACE") takeTurn(pool, stand, superseding);
  if (rule.behavior === "QUEUE" || rule.behavior === "REPLACE") waitIn(pool, stand);
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
  line.waiting.push(stand.id, stand, queuePlace(stand.execution));
  stand.waitsFor = line;
}

function about({ limit, scope }: Rule, { key }: Count): Pick<LimitReached, "limit" | "scope" | "key"> {
  return { limit, ...(scope === undefined ? {} : { scope }), ...(key === undefined ? {} : { key }) };
}
