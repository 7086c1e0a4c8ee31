import { analyse } from "@capstan/expression";
import { createLive } from "../execution/create.ts";
import { isTerminal, type ExecutionRow, type TaskRunRow } from "../execution/execution.ts";
import { indexFor } from "../execution/iteration.ts";
import type { LiveExecution, LiveRun } from "../execution/live.ts";
import { addState } from "../execution/outputs.ts";
import { scopeFor } from "../execution/scope.ts";
import { showOutputs } from "../execution/states.ts";
import type { Plan } from "../plan.ts";
import { restoreRun } from "../recovery/recover.ts";
import type { EngineContext } from "../turn.ts";
import { branchOf } from "./branch.ts";
import type { ExecutionNote } from "./note.ts";
import { hidingOf, readValues } from "./read-values.ts";

/** Branches of an execution whose values are told, the newest. */
export const BRANCHES_READ_MAX = 1000;

type Values = Readonly<Record<string, string>>;

/**
 * What each If and Switch read when it chose its branch, by the index of its task run. An execution keeps none of it: it is made
 * to happen again from its rows, in the order of time, so that every one finds the outputs and states that were there by then. Variables
 * and labels that were changed later are not told.
 */
export function branchValues(
  row: ExecutionRow,
  taskRuns: readonly TaskRunRow[],
  plan: Plan,
  globals: EngineContext["globals"],
): ReadonlyMap<number, Values> {
  const values = new Map<number, Values>();
  const branchings = new Map(branchingsOf(taskRuns, plan));
  if (branchings.size === 0) return values;
  const told = new Set([...branchings.keys()].slice(-BRANCHES_READ_MAX));
  const execution = createLive(plan, { ...row, state: "CREATED" });
  execution.outputs = undefined;
  const changesAhead = { vars: 0, labels: 0 };
  const moments: Moment[] = [...ofExecution(execution, row, changesAhead)];
  for (const stored of taskRuns) {
    const run = restoreRun(execution, stored);
    if (run === undefined) continue;
    execution.runs.set(run.index, run);
    const branching = branchings.get(run.index);
    if (branching !== undefined && told.has(run.index)) {
      const { at, expression } = branching;
      const happen = () =>
        void values.set(run.index, valuesRead(expression, execution, run, { globals, changesAhead }));
      moments.push({ at, order: run.index, happen });
    }
    moments.push(...ofRun(execution, run, branching?.at, changesAhead));
  }
  moments.sort((left, right) => left.at - right.at || left.order - right.order);
  for (const { happen } of moments) happen();
  return values;
}

/** Something that happened to the execution; within one millisecond, what was created earlier goes first. */
interface Moment {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** How often variables and labels are yet to be changed. */
type ChangesAhead = Record<"vars" | "labels", number>;

/** Where it branched, by the index of the task run. */
function branchingsOf(taskRuns: readonly TaskRunRow[], plan: Plan): [number, { at: number; expression: string }][] {
  return taskRuns.flatMap((run) => {
    const expression = branchOf(run, plan.nodes.get(run.taskId))?.expression;
    const at = run.history.find(({ state }) => state === "RUNNING")?.date;
    return expression === undefined || at === undefined ? [] : [[run.index, { at, expression }]];
  });
}

/** What somebody did to the execution that may have given it other labels: a restart marks it. */
const RELABELLING: ReadonlySet<ExecutionNote["code"]> = new Set(["labelled", "restarted", "resumed"]);

function* ofExecution(execution: LiveExecution, row: ExecutionRow, ahead: ChangesAhead): Iterable<Moment> {
  for (const { state, date: at } of row.history)
    yield { at, order: isTerminal(state) ? Infinity : -1, happen: () => void (execution.state = state) };
  for (const { at, code } of row.notes ?? [])
    if (RELABELLING.has(code)) {
      ahead.labels += 1;
      yield { at, order: Infinity, happen: () => void (ahead.labels -= 1) };
    }
}

const CHANGES: Readonly<Record<string, keyof ChangesAhead>> = {
  "io.kestra.plugin.core.execution.SetVariables": "vars",
  "io.kestra.plugin.core.execution.UnsetVariables": "vars",
  "io.kestra.plugin.core.execution.Labels": "labels",
};

/** A task run puts out nothing until it shows its outputs: when it has chosen its branch, or at its end. */
function* ofRun(
  execution: LiveExecution,
  run: LiveRun,
  branched: number | undefined,
  ahead: ChangesAhead,
): Iterable<Moment> {
  const { outputs, state, index: order, node, value } = run;
  const end = run.history.at(-1)!.date;
  const changed = CHANGES[node.task.type];
  if (changed !== undefined) ahead[changed] += 1;
  run.outputs = undefined;
  if (outputs !== undefined)
    yield {
      at: branched ?? end,
      order,
      happen: () => {
        run.outputs = outputs;
        showOutputs(execution, run, outputs);
      },
    };
  yield {
    at: end,
    order,
    happen: () => {
      addState(indexFor(execution, run), node.id, value, state);
      if (changed !== undefined) ahead[changed] -= 1;
    },
  };
}

function valuesRead(
  expression: string,
  execution: LiveExecution,
  run: LiveRun,
  { globals, changesAhead }: { readonly globals: EngineContext["globals"]; readonly changesAhead: ChangesAhead },
): Values {
  const { masking, isSecret } = hidingOf(execution);
  // What a function answered then is not known any more, and may be what stands in a value.
  const namesSecret = analyse(expression).functions.some(({ name }) => name === "secret");
  const hiding = { masking, isSecret: (path: readonly string[]) => namesSecret || isSecret(path) };
  const isKnown = (root: string) => (root !== "vars" && root !== "labels") || changesAhead[root] === 0;
  return readValues(expression, scopeFor(execution, run, globals), hiding, isKnown);
}
