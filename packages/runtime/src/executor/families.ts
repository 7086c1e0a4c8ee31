import type { Label } from "@capstan/engine";
import { RecentMap } from "@capstan/expression";
import type { Store } from "@capstan/store";
import { RequestError } from "../errors.ts";

/** Executions that may descend from one within `GENERATIONS`, when the settings say nothing else. */
export const DESCENDANTS_MAX = 100_000;

/** After so many generations as many again may descend: an execution that starts its own successor may go on for ever. */
export const GENERATIONS = 100;

/** Families whose size is kept in memory. */
const FAMILIES_MAX = 10_000;

const CORRELATION = "system.correlationId";

/** Executions that descend from one, by tasks or Flow triggers: all have its id as their correlation. */
export interface Families {
  /**
   * Counts one more for as long as it is not known whether it comes into being; `refused` takes it back. Throws `RequestError`
   * (422) when flows that start each other have come to too many.
   */
  join(newcomer: Newcomer): Promise<{ refused(): void }>;
}

export interface Newcomer {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly labels?: readonly Label[];
  readonly generation?: number;
}

interface Family {
  size: number;
}

export function createFamilies(store: Store, descendantsMax = DESCENDANTS_MAX): Families {
  const families = new RecentMap<string, Promise<Family>>(FAMILIES_MAX);
  const familyOf = (tenant: string, correlation: string): Promise<Family> => {
    const key = `${tenant}/${correlation}`;
    const known = families.get(key);
    if (known !== undefined) return known;
    const family = counted(store, tenant, correlation);
    families.set(key, family);
    family.catch(() => families.delete(key));
    return family;
  };
  return {
    join: async ({ tenant, namespace, flowId, labels = [], generation = 0 }) => {
      const correlation = labels.find(({ key }) => key === CORRELATION)?.value;
      if (correlation === undefined) return { refused: () => undefined };
      const family = await familyOf(tenant, correlation);
      const limit = descendantsMax * Math.max(1, Math.ceil(generation / GENERATIONS));
      if (family.size >= limit) throw tooMany(limit, correlation, `${namespace}.${flowId}`);
      family.size += 1;
      return { refused: () => (family.size -= 1) };
    },
  };
}

/** What the store has of a family: kept there with the executions themselves, so that no crash forgets it. */
async function counted(store: Store, tenant: string, correlation: string): Promise<Family> {
  const labels = [{ key: CORRELATION, value: correlation }];
  const { total } = await store.executions.search({ tenant, labels }, { offset: 0, limit: 1 });
  // The first of them descends from none.
  return { size: Math.max(0, total - 1) };
}

function tooMany(limit: number, correlation: string, flow: string): RequestError {
  const message = `${limit} executions descend from ${correlation}, which is as many as may: do flows start each other without end, here ${flow}? Let a condition end that, or raise the setting \`executions.descendantsMax\``;
  return new RequestError("too-many-descendants", message);
}
