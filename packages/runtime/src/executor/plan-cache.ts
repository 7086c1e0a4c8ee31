import type { Plan } from "@capstan/engine";
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
  /** There is a newer revision, or none any more. */
  forgetLatest(key: FlowKey): void;
}

/** Plans that are kept at most, of latest and of other revisions each; one is a few kilobytes. */
export const PLANS_MAX = 10_000;

export function createPlanCache(plansMax = PLANS_MAX): PlanCache {
  const latest = new Map<string, CompiledFlow>();
  const revisions = new Map<string, CompiledFlow>();
  /** A map gives its oldest entry first, so what is used goes to the end. */
  const use = (map: Map<string, CompiledFlow>, name: string) => {
    const compiled = map.get(name);
    // While nothing has to go, the order does not matter.
    if (compiled !== undefined && map.size === plansMax) add(map, name, compiled);
    return compiled;
  };
  const add = (map: Map<string, CompiledFlow>, name: string, compiled: CompiledFlow) => {
    map.delete(name);
    map.set(name, compiled);
    if (map.size > plansMax) map.delete(map.keys().next().value!);
  };
  return {
    get: (key, revision) =>
      revision === undefined ? use(latest, nameOf(key)) : use(revisions, `${nameOf(key)}/${revision}`),
    put: (compiled, { isLatest }) => {
      add(revisions, `${nameOf(compiled.row)}/${compiled.row.revision}`, compiled);
      const name = nameOf(compiled.row);
      // One that was read while a newer one was saved comes late.
      if (isLatest && !((latest.get(name)?.row.revision ?? 0) > compiled.row.revision)) add(latest, name, compiled);
    },
    forgetLatest: (key) => void latest.delete(nameOf(key)),
  };
}

function nameOf({ tenant, namespace, id }: FlowKey): string {
  return `${tenant}/${namespace}/${id}`;
}
