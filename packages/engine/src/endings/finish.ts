import { renderDeep } from "@capstan/expression";
import type { Condition, JsonMap, JsonValue } from "@capstan/model";
import { FlowableError } from "../flowables/flowable.ts";
import { createBlock, oneLane, proceed } from "../blocks/block.ts";
import { evaluateConditions } from "../conditions/evaluate-conditions.ts";
import { isTerminal, type State } from "../execution/execution.ts";
import { coerceOutput } from "../inputs/coerce-output.ts";
import type { Block } from "../execution/live.ts";
import type { PlanNode } from "../plan.ts";
import { forceOpen } from "../blocks/run.ts";
import { environmentOf, scopeFor } from "../execution/scope.ts";
import { log, setExecutionState } from "../execution/states.ts";
import type { Turn } from "../turn.ts";

/** Renders the flow's outputs and moves the execution to its final state; then come the tasks that run after it. */
export function finish(turn: Turn, state: State): void {
  const { execution } = turn;
  if (isTerminal(execution.state)) return;
  if (execution.plan.flow.outputs.length > 0 && hasRun(turn)) execution.outputs = renderOutputs(turn);
  conclude(turn, state);
}

/** Ends an execution whose outputs can't be rendered: it fails, unless somebody stopped it. */
export function finishWithoutOutputs(turn: Turn, state: State, message: string): void {
  const { execution } = turn;
  if (isTerminal(execution.state)) return;
  const reason = `the outputs of the flow can't be rendered: ${message}`;
  log(turn, undefined, "ERROR", reason);
  execution.outputs = undefined;
  const isStopped = state === "KILLED" || state === "CANCELLED" || state === "RETRIED";
  if (!isStopped) execution.error ??= execution.root.cause ?? reason;
  conclude(turn, isStopped ? state : "FAILED");
}

/** Moves the execution to its final state with what it has. */
export function conclude(turn: Turn, state: State): void {
  const { execution } = turn;
  if (state === "FAILED") execution.error ??= execution.root.cause;
  execution.root.ended = true;
  execution.stopping = undefined;
  execution.verdict = undefined;
  forceOpen(turn, execution.root.open, state);
  setExecutionState(turn, state);
  execution.dirty = true;
  // Whoever stopped it stopped nothing of what runs after its end.
  execution.stopping = undefined;
  turn.effects.push({ type: "ended", state });
  if (state !== "RETRIED") turn.agenda.push({ do: "after" });
}

/** Starts `listeners` whose conditions hold and `afterExecution`; nothing they do changes the execution's state. */
export function startAfter(turn: Turn): void {
  if (turn.execution.after !== undefined) return;
  const block = createAfter(turn);
  if (block.source.count === 0) block.ended = true;
  else proceed(turn, block);
}

/** The block of what runs after the end: which listeners take part is decided here. */
export function createAfter(turn: Turn): Block {
  const { execution } = turn;
  const list: PlanNode[] = [];
  for (const { listener, tasks } of execution.plan.listeners) if (holds(turn, listener.conditions)) list.push(...tasks);
  list.push(...execution.plan.afterExecution);
  const block = createBlock(execution.plan.root, undefined, oneLane(list), 1);
  block.phase = "after";
  execution.after = block;
  return block;
}

/** In place of what would run after the end. */
export function skipAfter({ execution }: Turn): void {
  execution.after = createBlock(execution.plan.root, undefined, oneLane([]), 1);
  execution.after.ended = true;
}

/** Tells that the execution can leave the memory, once. */
export function settle(turn: Turn): void {
  const { execution } = turn;
  if (execution.settled || !isTerminal(execution.state)) return;
  if (execution.state !== "RETRIED" && execution.after?.ended !== true) return;
  execution.settled = true;
  turn.effects.push({ type: "settled" });
}

/** An execution that its flow's limits or checks refused has nothing to render outputs of. */
function hasRun({ execution }: Turn): boolean {
  return execution.history.some((change) => change.state === "RUNNING");
}

function renderOutputs(turn: Turn): JsonMap {
  const { execution } = turn;
  const scope = scopeFor(execution, undefined, turn.context.globals);
  const environment = environmentOf(turn, undefined);
  const outputs: Record<string, JsonValue> = {};
  const missing: string[] = [];
  for (const output of execution.plan.flow.outputs) {
    try {
      const coerced = coerceOutput(output, renderDeep(output.value, scope, environment), environment);
      if ("reason" in coerced) throw new FlowableError(`the output \`${output.id}\` is not valid: ${coerced.reason}`);
      outputs[output.id] = coerced.value;
    } catch (error) {
      if (output.required || !(error instanceof Error)) throw error;
      missing.push(`the optional output \`${output.id}\` is left empty: ${error.message}`);
      outputs[output.id] = null;
    }
  }
  // Once all could be rendered: one that suspends has them rendered again from the first.
  for (const message of missing) log(turn, undefined, "WARN", message);
  return outputs;
}

function holds(turn: Turn, conditions: readonly Condition[]): boolean {
  const { execution } = turn;
  const { namespace, flowId, flowRevision } = execution.fixed;
  const result = evaluateConditions(conditions, {
    scope: scopeFor(execution, undefined, turn.context.globals),
    environment: environmentOf(turn, undefined),
    flow: { namespace, id: flowId },
    execution: {
      id: execution.id,
      namespace,
      flowId,
      flowRevision,
      state: execution.state,
      labels: execution.labels,
      createdAt: execution.fixed.createdAt,
      ...(execution.outputs === undefined ? {} : { outputs: execution.outputs }),
    },
  });
  if ("failure" in result) log(turn, undefined, "ERROR", result.failure);
  return "holds" in result && result.holds;
}
