import { isTruthyText } from "@capstan/expression";
import type { Sla } from "@capstan/model";
import { isTerminal } from "./execution.ts";
import { stopAll } from "./kill.ts";
import { templateOf } from "./plan.ts";
import { environmentOf, scopeFor } from "./scope.ts";
import { log, mergeLabels, setLabels } from "./states.ts";
import type { Turn } from "./turn.ts";

/** Looks at every assertion of the flow; only flows that have some pay for it. */
export function checkAssertions(turn: Turn): void {
  const { execution } = turn;
  if (!execution.plan.hasAssertions || isTerminal(execution.state)) return;
  for (const sla of execution.plan.flow.sla) {
    if (sla.type !== "EXECUTION_ASSERTION" || execution.violatedSlas.has(sla.id)) continue;
    const template = templateOf(execution.plan.root, sla.assert);
    const scope = scopeFor(execution, undefined, turn.context.globals);
    if (!isTruthyText(template.render(scope, environmentOf(turn, undefined)))) apply(turn, sla);
  }
}

/** A maximum duration is over. */
export function violate(turn: Turn, id: string): void {
  const { execution } = turn;
  const sla = execution.plan.flow.sla.find((candidate) => candidate.id === id);
  if (sla !== undefined && !isTerminal(execution.state) && !execution.violatedSlas.has(id)) apply(turn, sla);
}

function apply(turn: Turn, sla: Sla): void {
  const { execution } = turn;
  const first = execution.violatedSlas.size === 0;
  execution.violatedSlas.add(sla.id);
  log(turn, undefined, "WARN", `the SLA \`${sla.id}\` is violated`);
  if (!first) return;
  const labels = Object.entries(sla.labels).map(([key, value]) => ({ key, value }));
  setLabels(turn, mergeLabels(execution.labels, labels));
  if (sla.behavior === "FAIL") stopAll(turn, "FAILED");
  if (sla.behavior === "CANCEL") stopAll(turn, "CANCELLED");
}
