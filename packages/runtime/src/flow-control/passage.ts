import type { LimitReached, LiveExecution } from "@capstan/engine";
import { ADMITTED, type Admitted } from "./admission.ts";
import { holdersOf, type Pool, type Pools } from "./pools.ts";
import { endOf, type QuotaLine, type QuotaWindows } from "./quota-windows.ts";
import { countFor, queuePlace, type Count, type Rule } from "./rules.ts";
import type { Stand } from "./stand.ts";

/**
 * How executions get past their limits. Quotas that refuse count a new one at once; then it runs when all other quotas and all
 * concurrency limits have room. One that waits holds no place, so that no two can wait for each other; it waits in one queue, that
 * of the first limit that is reached.
 */
export interface Passage {
  /** Asks all the limits of a new one. */
  admit(stand: Stand): Admitted;
  /** Asks those that it must have all at once to run. */
  place(stand: Stand): Admitted;
  /** Gives it a place everywhere, whatever the limits are. */
  hold(stand: Stand): void;
  /** It waits for nothing and holds nothing any more; answers where others may come now, the narrower limits first. */
  leave(stand: Stand): readonly Pool[];
  /** The next one that waits where there is room, and what it came to. */
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
  /** Where a limit counts this one; undefined while nobody is there, which leaves room. */
  const lineOf = ({ rule, count }: Asked): Pool | QuotaLine | undefined =>
    rule.kind === "quota" ? windows.line(rule, count) : pools.get(count.name);
  /** `isFirst`: it was next in the queue of one of them, and so goes before those that wait for the others. */
  const placed = (stand: Stand, isFirst: boolean): Admitted => {
    const asked = limitsOf(stand).filter(({ rule }) => !isRefusing(rule));
    for (const each of asked) {
      const line = lineOf(each);
      if (line === undefined) continue;
      // Who has waited may bring the limit of an older revision.
      if (stand.isFresh) line.limit = each.rule.limit;
      if (hasRoom(line) && (isFirst || line.waiting.size === 0)) continue;
      const { behavior } = each.rule;
      const limit = reached(each, line);
      if (behavior === "REPLACE" && line.kind === "pool") takeTurn(line, stand, superseding);
      if (behavior === "QUEUE" || behavior === "REPLACE") waitIn(line, stand);
      return { admission: behavior === "REPLACE" ? "QUEUE" : behavior, limit };
    }
    for (const { rule, count } of asked) {
      if (rule.kind === "quota") countIn(windows.line(rule, count), stand);
      else enter(pools.of(rule, count), stand);
    }
    return ADMITTED;
  };
  return {
    admit: (stand) => {
      const refusing = limitsOf(stand).filter(({ rule }) => isRefusing(rule));
      for (const { rule, count } of refusing) {
        if (rule.kind !== "quota") continue;
        const line = windows.line(rule, count);
        line.limit = rule.limit;
        if (!hasRoom(line)) return { admission: rule.behavior, limit: reached({ rule, count }, line) };
        countIn(line, stand);
      }
      return placed(stand, false);
    },
    place: (stand) => placed(stand, false),
    hold: (stand) => {
      for (const { rule, count } of limitsOf(stand)) if (rule.kind !== "quota") enter(pools.of(rule, count), stand);
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
      const stand = hasRoom(from) ? from.waiting.shift() : undefined;
      if (stand === undefined) return undefined;
      stand.waitsFor = undefined;
      const admitted = placed(stand, true);
      if (from.kind === "pool") pools.leave(from, undefined);
      return { stand, admitted };
    },
  };
}

interface Asked {
  readonly rule: Rule;
  readonly count: Count;
}

/** The limits that count an execution. */
function limitsOf({ rules, execution }: Stand): readonly Asked[] {
  return rules.flatMap((rule) => {
    const count = countFor(rule, execution);
    return count === undefined ? [] : [{ rule, count }];
  });
}

/** Whether a limit counts who comes, not who runs: a quota behind which nobody waits. */
function isRefusing({ kind, behavior }: Rule): boolean {
  return kind === "quota" && behavior !== "QUEUE";
}

function reached({ rule: { limit, scope }, count: { key } }: Asked, line: Pool | QuotaLine): LimitReached {
  return {
    limit,
    ...(scope === undefined ? {} : { scope }),
    ...(key === undefined ? {} : { key }),
    ...(line.kind === "quota" ? { window: { durationMs: line.durationMs, endsAt: endOf(line) } } : {}),
    holders: line.kind === "pool" ? holdersOf(line) : [],
    ahead: line.waiting.size,
  };
}

function hasRoom(line: Pool | QuotaLine): boolean {
  const taken = line.kind === "pool" ? line.holders.size : line.count;
  return line.limit === undefined || taken < line.limit;
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
