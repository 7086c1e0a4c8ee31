import { takesSlot } from "../durable.ts";
import type { Checker } from "../history.ts";

/** Executions that a person let run beyond the limit do not count against it here. */
export const limitsHold: Checker = {
  invariant: "no more executions of a flow run than its limit allows",
  watch: ({ durable, violate, plan }) => {
    const exempt = new Set<string>();
    let isChanged = false;
    return (observation) => {
      if (observation.type === "requested" && observation.executionId !== undefined) {
        if (observation.verb === "force-run") exempt.add(observation.executionId);
      }
      if (observation.type === "commit") isChanged ||= (observation.unit.executions ?? []).length > 0;
      if (observation.type !== "written" || !isChanged) return;
      isChanged = false;
      for (const [flowId, { limit }] of plan.limits) {
        const running = [...durable.executions.values()].filter(
          (row) => row.flowId === flowId && takesSlot(row) && !exempt.has(row.id),
        );
        if (running.length > limit)
          violate(`${running.map(({ id }) => id).join(", ")} run, but the limit of ${flowId} is ${limit}`);
      }
    };
  },
};
