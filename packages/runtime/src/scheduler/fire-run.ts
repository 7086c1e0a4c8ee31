import { type DueRun, type Label } from "@capstan/engine";
import { type Environment, ExpressionError, renderDeep, settle, templateCache } from "@capstan/expression";
import type { JsonMap, Trigger } from "@capstan/model";
import type { TriggerRow } from "@capstan/store";
import { RequestError } from "../errors.ts";
import { renderedLabels } from "../triggers/trigger-labels.ts";
import type { RowWriter } from "./row-writer.ts";
import type { FireRequest, ScheduledFlow, SchedulerParts, TriggerKind } from "./scheduler-parts.ts";
import { flowKeyOf, stored, type TriggerEntry, unlockedRow } from "./trigger-entry.ts";
import { triggerScope } from "./trigger-scope.ts";

/** What starts an execution: a date of a schedule, or an event. */
export type Run = Pick<DueRun, "variables" | "failure" | "backfill"> & {
  readonly scheduleDate?: number;
  /** Chosen beforehand. */
  readonly executionId?: string;
};

const template = templateCache(10_000);

/**
 * Creates the execution of a run, and makes `row` durable with it. Afterwards `entry.row` is what the store holds: locked by
 * the execution, or unlocked when that has ended at once or was refused, or when the trigger allows concurrent executions. Rejects for an event of
 * a realtime trigger when it is unknown whether the execution was created.
 */
export async function fireRun(
  parts: SchedulerParts,
  writer: RowWriter,
  entry: TriggerEntry,
  target: { readonly flow: ScheduledFlow; readonly trigger: Trigger },
  run: Run,
  row: TriggerRow,
): Promise<void> {
  const executionId = run.executionId ?? parts.newId();
  const { trigger } = target;
  // What waits in a batch is no reason to wait for its end.
  const isAlone = target.flow.flow.batch === undefined;
  const isLocking = entry.kind !== "realtime" && !trigger.allowConcurrent && isAlone;
  // What is to happen after certain ends is not known yet.
  const mayEndUnlocked = trigger.stopAfter.length === 0;
  const rowFor = (hasEnded: boolean) => {
    const isSettled = hasEnded && mayEndUnlocked;
    if (isSettled) entry.settledBy = executionId;
    return stored(entry, isLocking && !isSettled ? { ...row, executionId } : unlockedRow(row));
  };
  const request = await requestFor(parts, entry, target, run, executionId);
  try {
    entry.row = await parts.fire(request, entry.key, rowFor);
  } catch (error) {
    if (error instanceof RequestError) {
      const text = `the trigger started no execution: ${error.message}`;
      writer.log(entry.key, "WARN", text);
      parts.evaluated?.(entry.key, { at: parts.clock.now(), outcome: "refused", text });
      const { memory: _, ...rest } = unlockedRow(row);
      // What it remembers may be what can't be stored; and what was found by asking is found again, so that nothing is lost.
      const isForgotten = error.code === "execution-unstorable" || entry.kind === "polling";
      const memory = isForgotten ? entry.row.memory : row.memory;
      entry.row = stored(entry, memory === undefined ? rest : { ...rest, memory });
      await writer.save(entry.row);
      return;
    }
    // Firing the date again could run it twice; the store says after a restart what became of it.
    parts.logger.error({ err: error, ...entry.key, executionId }, "unknown whether an execution was created");
    entry.row = rowFor(false);
    // The source of an event gives it again: once too often is better than not at all.
    if (entry.kind === "realtime") throw error;
  }
}

/** What a run of a trigger asks for, with its inputs and labels rendered; what can't be rendered is its `failure`. */
export async function requestFor(
  parts: SchedulerParts,
  entry: { readonly key: TriggerEntry["key"]; readonly kind: TriggerKind },
  { flow, trigger }: { readonly flow: ScheduledFlow; readonly trigger: Trigger },
  run: Run,
  executionId: string,
): Promise<FireRequest> {
  const { tenant, namespace, flowId } = entry.key;
  const key = flowKeyOf(entry.key);
  const isPatient = entry.kind === "realtime";
  const { revision, compiled } = flow;
  const base = { executionId, flow: key, revision, compiled, trigger, variables: run.variables, isPatient };
  const dated = run.scheduleDate === undefined ? base : { ...base, scheduleDate: run.scheduleDate };
  if (run.failure !== undefined) return { ...dated, inputs: {}, labels: [], failure: run.failure };
  const isBare = trigger.inputs === undefined && run.backfill === undefined && Object.keys(trigger.labels).length === 0;
  if (isBare) return { ...dated, inputs: {}, labels: [] };
  const environment = parts.environment(tenant, namespace, flowId);
  try {
    return await settle(environment, (settling) => ({
      ...dated,
      ...rendered(parts, key, flow, trigger, run, settling),
    }));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const failure = `the inputs or labels of the trigger can't be rendered: ${error.message}`;
    return { ...dated, inputs: {}, labels: [], failure };
  }
}

function rendered(
  parts: SchedulerParts,
  key: FireRequest["flow"],
  flow: ScheduledFlow,
  trigger: Trigger,
  run: Run,
  environment: Environment,
): { inputs: JsonMap; labels: readonly Label[] } {
  const scope = triggerScope(key, flow, run.variables, environment, parts.globals);
  const inputs = { ...trigger.inputs, ...run.backfill?.inputs };
  const labels = renderedLabels(trigger, scope, environment, template);
  const further = renderDeep(run.backfill?.labels ?? [], scope, environment, template) as readonly Label[];
  return {
    inputs: renderDeep(inputs, scope, environment, template) as JsonMap,
    labels: [...labels, ...further],
  };
}
