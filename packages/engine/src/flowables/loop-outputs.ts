import { renderDeep, scopeOf, templateCache } from "@capstan/expression";
import type { FlowOutput, JsonMap, JsonValue } from "@capstan/model";
import type { State } from "../execution/execution.ts";
import { coerceOutput } from "../inputs/coerce-output.ts";
import { indexOfIteration, itemOfIteration, ownItem } from "../execution/iteration.ts";
import type { LiveRun } from "../execution/live.ts";
import { environmentOf, scopeFor } from "../execution/scope.ts";
import type { Turn } from "../turn.ts";
import { FlowableError } from "./flowable.ts";

/** What outsiders see of one iteration. */
export interface IterationOutputs {
  readonly item: JsonMap;
  readonly outputs: JsonMap;
}

/** What a Loop declares, of every iteration that ended well; nothing when it declares nothing. */
export function iterationOutputs(
  turn: Turn,
  run: LiveRun,
  iterations: number,
): readonly IterationOutputs[] | undefined {
  const declared = declaredOutputs(run);
  if (declared.length === 0) return undefined;
  const outputs: IterationOutputs[] = [];
  for (let iteration = 0; iteration < iterations; iteration += 1)
    if (hasEndedWell(turn, run, iteration))
      outputs.push({ item: shownItem(run, iteration), outputs: render(turn, run, iteration, declared) });
  return outputs;
}

/** What `iteration` shows where a Loop decides whether it breaks. */
export function shownIteration(turn: Turn, run: LiveRun, iteration: number): JsonMap {
  return {
    executionId: turn.execution.id,
    state: stateOfIteration(turn, run, iteration) ?? "SUCCESS",
    outputs: hasEndedWell(turn, run, iteration) ? render(turn, run, iteration, declaredOutputs(run)) : {},
  };
}

/** The item as outsiders see it. */
function shownItem(run: LiveRun, iteration: number): JsonMap {
  const { value, key } = ownItem(run, iteration);
  return { value: value ?? null, iteration, ...(key === undefined ? {} : { key }) };
}

/** How many iterations there were to be, and in which states those that began have ended. */
export function countsOf(turn: Turn, run: LiveRun, iterations: number): JsonMap {
  const terminated: Record<string, number> = {};
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    const state = stateOfIteration(turn, run, iteration);
    if (state !== undefined) terminated[state] = (terminated[state] ?? 0) + 1;
  }
  return { iterationCount: iterations, runningIterations: 0, terminatedIterations: terminated };
}

/** Nothing of one that has not begun. */
function stateOfIteration(turn: Turn, run: LiveRun, iteration: number): State | undefined {
  const { states } = indexOfIteration(turn.execution, run, iteration);
  const found = new Set((run.node.lists["tasks"] ?? []).flatMap(({ id }) => states.get(id)?.state ?? []));
  if (found.size === 0) return undefined;
  return (["KILLED", "FAILED", "WARNING"] as const).find((state) => found.has(state)) ?? "SUCCESS";
}

/** Compiled when the first outputs are stored. */
const template = templateCache(1);

/** The content of the file that holds them. */
export function storedForm(turn: Turn, run: LiveRun, { outputs }: IterationOutputs): string {
  return `${template("{{ outputs | toIon }}").render(scopeOf({ outputs }), environmentOf(turn, run))}\n`;
}

function declaredOutputs({ node }: LiveRun): readonly FlowOutput[] {
  const written = (node.task.properties["outputs"] ?? []) as unknown as readonly Partial<FlowOutput>[];
  return written.map((output) => ({ id: "", type: "STRING", value: null, required: true, ...output }));
}

const WELL: ReadonlySet<State | undefined> = new Set<State>(["SUCCESS", "WARNING", "SKIPPED", "CANCELLED"]);

function hasEndedWell(turn: Turn, run: LiveRun, iteration: number): boolean {
  const { states } = indexOfIteration(turn.execution, run, iteration);
  return (run.node.lists["tasks"] ?? []).every(({ id }) => WELL.has(states.get(id)?.state));
}

function render(turn: Turn, run: LiveRun, iteration: number, declared: readonly FlowOutput[]): JsonMap {
  const { outputs, tasks } = indexOfIteration(turn.execution, run, iteration);
  const seen = { item: itemOfIteration(run, iteration), outputs, tasks };
  const scope = scopeFor(turn.execution, run, turn.context.globals, seen);
  const environment = environmentOf(turn, run);
  const rendered: Record<string, JsonValue> = {};
  for (const output of declared) {
    try {
      const coerced = coerceOutput(output, renderDeep(output.value, scope, environment), environment);
      if ("reason" in coerced) throw new FlowableError(coerced.reason);
      rendered[output.id] = coerced.value;
    } catch (error) {
      if (output.required || !(error instanceof Error)) throw error;
      rendered[output.id] = null;
    }
  }
  return rendered;
}
