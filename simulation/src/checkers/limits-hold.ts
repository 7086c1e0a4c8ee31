import type { ExecutionRow } from "@capstan/engine";
import { takesSlot } from "../durable.ts";
import { keyOf } from "../flow-control.ts";
import type { Checker } from "../history.ts";

/** Executions that a person let run beyond the limit do not count against it here. */
export const limitsHold: Checker = {
  invariant: "no more executions of a flow run than its limit allows",
  watch: ({ durable, violate, plan }) => {
    const exempt = new Set<string>();
    const demand = (limit: number, name: string, groups: Iterable<readonly ExecutionRow[]>) => {
      for (const rows of groups)
        if (rows.length > limit) violate(`${rows.map(({ id }) => id).join(", ")} run, but ${name} is ${limit}`);
    };
    let isChanged = false;
    return (observation) => {
      if (observation.type === "requested" && observation.executionId !== undefined) {
        if (observation.verb === "force-run") exempt.add(observation.executionId);
      }
      if (observation.type === "commit") isChanged ||= (observation.unit.executions ?? []).length > 0;
      if (observation.type !== "written" || !isChanged) return;
      isChanged = false;
      const running = [...durable.executions.values()].filter((row) => takesSlot(row) && !exempt.has(row.id));
      for (const [flowId, { limit, key }] of plan.limits)
        demand(
          limit,
          `the limit of ${flowId}`,
          Map.groupBy(ofFlow(running, flowId), (row) => keyOf(row, key)).values(),
        );
      const { namespaceLimit } = plan.control;
      if (namespaceLimit === undefined) return;
      const alone = running.filter(({ parent }) => parent === undefined);
      demand(namespaceLimit, "the limit of the namespace", [alone]);
    };
  },
};

function ofFlow(rows: readonly ExecutionRow[], flowId: string): readonly ExecutionRow[] {
  return rows.filter((row) => row.flowId === flowId);
}
