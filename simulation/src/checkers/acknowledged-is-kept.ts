import { isTerminal, type ExecutionRow } from "@capstan/engine";
import { ownHistory } from "../durable.ts";
import type { Checker } from "../history.ts";
import type { WorldPlan } from "../world-plan.ts";

/** A request that was answered is durable at that moment and stays so; one that was not has no effect twice. */
export const acknowledgedIsKept: Checker = {
  invariant: "what was acknowledged is never lost",
  watch: (view) => {
    const { durable, violate, plan } = view;
    const created = new Map<string, string>();
    const killed = new Map<string, number>();
    return (observation) => {
      if (observation.type === "acknowledged") {
        const { name, verb, executionId } = observation;
        const row = durable.executions.get(executionId);
        if (row === undefined) violate(`${name} was answered before ${executionId} was durable`);
        if (verb === "create" || verb === "webhook") created.set(name, executionId);
        if (verb === "kill" && name.startsWith("kill") && !isStoppedBySla(row, plan)) killed.set(executionId, view.now);
      }
      if (observation.type !== "over") return;
      const stored = new Map(observation.stored.map(({ id, row }) => [id, row]));
      for (const [name, id] of created)
        if (stored.get(id) === undefined) violate(`${name} created ${id}, which is lost`);
      for (const [id, at] of killed) {
        const row = stored.get(id);
        const history = row === undefined ? [] : ownHistory(row);
        const isDone = history.some(({ state, date }) => state === "KILLED" || (isTerminal(state) && date <= at));
        if (!isDone) violate(`the acknowledged kill of ${id} came to nothing`);
      }
    };
  },
};

/** An SLA that stops an execution decides how it ends, whoever kills it afterwards. */
function isStoppedBySla(row: ExecutionRow | undefined, { slas }: Pick<WorldPlan, "slas">): boolean {
  const [first] = row?.violatedSlas ?? [];
  return row?.state !== "KILLING" && slas.some(({ id, behavior }) => id === first && behavior !== "NONE");
}
