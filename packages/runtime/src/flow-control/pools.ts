import { HOLDERS_MAX, TurnoverMap, type LimitReached } from "@capstan/engine";
import { createFairQueue, type FairQueue } from "./fair-queue.ts";
import type { ConcurrencyRule, Count, LimitPlace } from "./rules.ts";
import type { Stand } from "./stand.ts";

/** Those of one count that run, and those that wait for them to end. */
export interface Pool {
  readonly kind: "pool";
  readonly name: string;
  readonly where: LimitPlace;
  /** The text of the key. */
  readonly key: string | undefined;
  /** How many may run at once; undefined when nothing limits them any more. */
  limit: number | undefined;
  /** By id, in the order in which they came. */
  readonly holders: TurnoverMap<string, Stand>;
  /** Ids of holders that were told to make room. */
  readonly leaving: Set<string>;
  readonly waiting: FairQueue<Stand>;
}

/** Pools by the names of their counts; there are those that somebody is in. */
export interface Pools {
  get(name: string): Pool | undefined;
  /** Made with the limit of the rule when it is missing. */
  of(rule: Pick<ConcurrencyRule, "where" | "limit">, count: Count): Pool;
  /** All of a tenant. */
  ofTenant(tenant: string): readonly Pool[];
  /** Those of one limit, for all its keys. */
  ofLimit(name: string): readonly Pool[];
  /** Takes somebody out, and forgets the pool when nobody else is there. */
  leave(pool: Pool, stand: Stand | undefined): void;
}

export function createPools(): Pools {
  const pools = new Map<string, Pool>();
  return {
    get: (name) => pools.get(name),
    of: ({ where, limit }, { name, key }) => {
      let pool = pools.get(name);
      if (pool === undefined) {
        const empty = { holders: new TurnoverMap<string, Stand>(), leaving: new Set<string>() };
        pool = { kind: "pool", name, where, key, limit, ...empty, waiting: createFairQueue() };
        pools.set(name, pool);
      }
      return pool;
    },
    ofTenant: (tenant) => [...pools.values()].filter(({ where }) => where.tenant === tenant),
    ofLimit: (name) => [...pools.values()].filter((pool) => pool.name === name || pool.name.startsWith(`${name} `)),
    leave: (pool, stand) => {
      if (stand !== undefined) {
        pool.holders.delete(stand.id);
        pool.leaving.delete(stand.id);
        pool.waiting.delete(stand.id);
      }
      if (pool.holders.size + pool.waiting.size === 0) pools.delete(pool.name);
    },
  };
}

/** Ids of some of the executions that have a place, those that came first. */
export function holdersOf({ holders }: Pool): LimitReached["holders"] {
  return Array.from(Iterator.from(holders.values()).take(HOLDERS_MAX), ({ execution }) => execution.id);
}
