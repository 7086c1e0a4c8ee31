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
  /** There is a newer revision, or none any more. */
  forgetLatest(key: FlowKey): void;
}

/** Plans that are kept at most, of latest and of other revisions each; one is a few kilobytes. */
export const PLANS_MAX = 10_000;

export function createPlanCache(plansMax = PLANS_MAX): PlanCache {
  const latest = new RecentMap<string, CompiledFlow>(plansMax);
  const revisions = new RecentMap<string, CompiledFlow>(plansMax);
  return {
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
