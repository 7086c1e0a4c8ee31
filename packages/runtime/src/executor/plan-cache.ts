import type { Plan } from "@capstan/engine";
import { RecentMap } from "@capstan/expression";
import type { FlowKey, FlowRow } from "@capstan/store";

/** A revision of a flow that can be run. */
export interface CompiledFlow {
  readonly row: FlowRow;
  readonly plan: Plan;
}

/** Compiled revisions that are kept, those used last: of each flow the latest, and others by their number. */
export interface PlanCache {
  /** The given revision, or the latest. */
  get(key: FlowKey, revision?: number): CompiledFlow | undefined;
  put(compiled: CompiledFlow, options: { readonly isLatest: boolean }): void;
  /** Whether the latest revision of a flow was wanted not long ago, which this notes. */
  isWantedAgain(key: FlowKey): boolean;
  /** There is a newer revision, or none any more. */
  forgetLatest(key: FlowKey): void;
}

/** Plans that are kept at most, of latest and of other revisions each; one is a few kilobytes. */
export const PLANS_MAX = 10_000;

/** Flows that are remembered as wanted, each in the place of its hash until another one takes it. */
const WANTED_PLACES = 16_384;

export function createPlanCache(plansMax = PLANS_MAX): PlanCache {
  const latest = new RecentMap<string, CompiledFlow>(plansMax);
  const revisions = new RecentMap<string, CompiledFlow>(plansMax);
  const wanted = new Uint32Array(WANTED_PLACES);
  return {
    isWantedAgain: (key) => {
      const hash = hashOf(key);
      const place = hash % WANTED_PLACES;
      const isKnown = wanted[place] === hash;
      wanted[place] = hash;
      return isKnown;
    },
    get: (key, revision) =>
      revision === undefined ? latest.get(nameOf(key)) : revisions.get(`${nameOf(key)}/${revision}`),
    put: (compiled, { isLatest }) => {
      const name = nameOf(compiled.row);
      revisions.set(`${name}/${compiled.row.revision}`, compiled);
      // One that was read while a newer one was saved comes late.
      if (isLatest && !((latest.get(name)?.row.revision ?? 0) > compiled.row.revision)) latest.set(name, compiled);
    },
    forgetLatest: (key) => latest.delete(nameOf(key)),
  };
}

function nameOf({ tenant, namespace, id }: FlowKey): string {
  return `${tenant}/${namespace}/${id}`;
}

/** FNV-1a: two flows that share one are kept a time too early. */
function hashOf({ tenant, namespace, id }: FlowKey): number {
  let hash = 0x811c9dc5;
  for (const text of [tenant, namespace, id])
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
