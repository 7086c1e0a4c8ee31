import { isTruthyText } from "@capstan/expression";
import type { Sla } from "@capstan/model";
import { isTerminal, isYetToRun } from "../execution/execution.ts";
import type { LiveExecution } from "../execution/live.ts";
import { noteExecution } from "../history/note.ts";
import { stopAll } from "./kill.ts";
import { templateOf } from "../plan.ts";
import { environmentOf, scopeFor } from "../execution/scope.ts";
import { log, mergeLabels, setLabels } from "../execution/states.ts";
import type { Turn } from "../turn.ts";

/** Looks at every assertion of the flow, once the execution may run; only flows that have some pay for it. */
export function checkAssertions(turn: Turn): void {
  const { execution } = turn;
  if (!execution.plan.hasAssertions || isTerminal(execution.state)) return;
  if (isYetToRun(execution) || execution.state === "QUEUED") return;
  for (const sla of execution.plan.flow.sla) {
    if (sla.type !== "EXECUTION_ASSERTION" || execution.violatedSlas.has(sla.id)) continue;
    const template = templateOf(execution.plan.root, sla.assert);
    const scope = scopeFor(execution, undefined, turn.context.globals);
    if (!isTruthyText(template.render(scope, environmentOf(turn, undefined)))) apply(turn, sla);
  }
}

/** Looks at every maximum duration of the flow: those that are over are violated, for the others there is a timer. */
export function watchDurations(turn: Turn): void {
  const { execution, context } = turn;
  const began = execution.plan.flow.sla.length === 0 ? undefined : beginning(execution);
  if (began === undefined || isTerminal(execution.state)) return;
  for (const sla of execution.plan.flow.sla) {
    if (sla.type !== "MAX_DURATION" || execution.violatedSlas.has(sla.id)) continue;
    const at = began + sla.durationMs;
    if (at <= context.now) apply(turn, sla);
    else turn.effects.push({ type: "set-timer", key: `sla:${sla.id}`, at });
  }
}

/** When it began to run, or to run again after it had ended; what it replays began before it was created. */
function beginning({ history, fixed }: LiveExecution): number | undefined {
  // By its place, not by its date: the clock may have been set back since.
  const created = history.findIndex((change) => isYetToRun(change) && change.date === fixed.createdAt);
  const restarted = history.findLastIndex(({ state }) => isTerminal(state)) + 1;
  const life = history.slice(Math.max(created, restarted));
  return life.find(({ state }) => state === "RUNNING")?.date;
}

function apply(turn: Turn, sla: Sla): void {
  const { execution } = turn;
  const first = execution.violatedSlas.size === 0;
  execution.violatedSlas.add(sla.id);
  execution.dirty = true;
  noteExecution(turn, { code: "sla", sla: sla.id });
  const message = `the SLA \`${sla.id}\` is violated`;
  log(turn, undefined, "WARN", message);
  if (!first) return;
  if (sla.behavior !== "NONE" && execution.stopping === undefined) execution.error = message;
  const labels = Object.entries(sla.labels).map(([key, value]) => ({ key, value }));
  setLabels(turn, mergeLabels(execution.labels, labels));
  if (sla.behavior === "FAIL") stopAll(turn, "FAILED");
  if (sla.behavior === "CANCEL") stopAll(turn, "CANCELLED");
}
