import { ExpressionError } from "../errors.ts";
import { type FunctionDefinition, optional, required } from "../evaluation/definition.ts";
import { memberByValue } from "../evaluation/access.ts";
import { asChanged, changeInPlace, type Runtime } from "../evaluation/runtime.ts";
import { integerArgument } from "../filters/arguments.ts";
import { LazyMap, type Scope } from "../scope.ts";
import { isList, isMap, mapGet, mapKeys, toArray } from "../values/maps.ts";
import { toText } from "../values/text.ts";

const fetchContext = {
  summary: "All root variables as a map.",
  example: ["fetchContext()", '{"inputs":{"name":"Ada"}}', { inputs: { name: "Ada" } }],
  parameters: [],
  call: (_given: unknown, { scope }: Runtime) => new ScopeMap(scope),
} satisfies Omit<FunctionDefinition, "name">;

/** Functions on the variables that a template sees. */
export const contextFunctions: readonly FunctionDefinition[] = [
  { name: "fetchContext", ...fetchContext },
  { ...fetchContext, name: "printContext", example: ["printContext() is map", "true"] },
  {
    name: "currentEachOutput",
    summary: "The outputs of a task in the same iteration of all loops around it.",
    example: [
      "currentEachOutput(outputs.inner).value",
      "1",
      { outputs: { inner: { a: { value: 1 } } }, taskrun: { value: "a" } },
    ],
    deprecated: "Index the outputs with the values of the loops.",
    parameters: [required("outputs")],
    call: ([outputs], runtime) => currentEachOutput(outputs, runtime),
  },
  {
    name: "iterationOutput",
    summary: "The `value` that a task gave in an iteration of the loop around it; null where it gave none.",
    example: [
      "iterationOutput('inner')",
      "1",
      { outputs: { inner: { a: { value: 1 } } }, taskrun: { value: "b", iteration: 1 } },
    ],
    parameters: [
      optional("taskId", null, "By default the task that asks."),
      optional("iteration", null, "Counted from 0; by default the iteration before the current one."),
    ],
    call: ([taskId, iteration], runtime) => iterationOutput(taskId, iteration, runtime.scope),
  },
  {
    name: "loopOutputs",
    summary: "One of the outputs of a Loop, of every iteration; null where an iteration does not have it.",
    example: [
      "loopOutputs(outputs.each, 'total')",
      "[1,2]",
      { outputs: { each: { outputs: [{ outputs: { total: 1 } }, { outputs: { total: 2 } }] } } },
    ],
    parameters: [required("outputs"), required("name")],
    call: ([outputs, name]) => loopOutputs(outputs, name),
  },
  {
    name: "tasksWithState",
    summary: "The tasks of this execution that are in a state.",
    example: [
      "tasksWithState('FAILED')",
      '[{"state":"FAILED","taskId":"load"}]',
      { tasks: { load: { state: "FAILED" }, extract: { state: "SUCCESS" } } },
    ],
    parameters: [required("state")],
    call: ([state], { scope }) => tasksWithState(scope.get("tasks"), toText(state).toUpperCase()),
  },
];

class ScopeMap extends LazyMap {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    super();
    this.#scope = scope;
  }

  override get(key: string): unknown {
    return this.#scope.get(key);
  }

  override keys(): Iterable<string> {
    return this.#scope.keys();
  }
}

/** Walks the values of the loops from the outermost inwards. The shared list `parents` is turned round on the way. */
function currentEachOutput(outputs: unknown, runtime: Runtime): unknown {
  const parents = asChanged(runtime, runtime.scope.get("parents"));
  const outermostFirst = isList(parents) ? changeInPlace(runtime, toArray(parents), (list) => list.toReversed()) : [];
  const values = outermostFirst.map((parent) => valueOf(memberByValue(parent, "taskrun")));
  values.push(valueOf(runtime.scope.get("taskrun")));
  let current = outputs;
  for (const value of values) {
    if (value === undefined || value === null) continue;
    const next = memberByValue(current, toText(value));
    if (next === undefined) {
      throw new ExpressionError("VALUE", `\`currentEachOutput\` found no output for the value "${toText(value)}"`);
    }
    current = next;
  }
  return current;
}

/** Within loops in loops, the iteration is one of the innermost. */
function iterationOutput(taskId: unknown, iteration: unknown, scope: Scope): unknown {
  const current = memberByValue(scope.get("taskrun"), "iteration");
  if (typeof current !== "number") {
    throw new ExpressionError("VALUE", "`iterationOutput` is only there in the iterations of a loop");
  }
  const wanted = iteration === null ? current - 1 : integerArgument(iteration, "iteration");
  if (wanted < 0) throw new ExpressionError("VALUE", "`iterationOutput`: there is no iteration before the first one");
  let found = memberByValue(scope.get("outputs"), taskId ?? memberByValue(scope.get("task"), "id"));
  const parents = scope.get("parents");
  for (const parent of isList(parents) ? toArray(parents).toReversed() : []) {
    const value = valueOf(memberByValue(parent, "taskrun"));
    if (value !== undefined && value !== null) found = memberByValue(found, toText(value));
  }
  if (!isMap(found)) return null;
  const value = mapKeys(found)[wanted];
  if (value === undefined) {
    throw new ExpressionError("VALUE", `\`iterationOutput\` found no outputs of iteration ${wanted}`);
  }
  return memberByValue(mapGet(found, value), "value") ?? null;
}

/**
 * Takes the outputs of a Loop, or the list of its iterations. There is an element for each iteration, so that what is at one
 * place in two of these lists belongs together.
 */
function loopOutputs(outputs: unknown, name: unknown): unknown[] {
  const iterations = isList(outputs) ? outputs : memberByValue(outputs, "outputs");
  if (!isList(iterations)) throw new ExpressionError("TYPE", "`loopOutputs` needs the outputs of a Loop");
  if (name === null) throw new ExpressionError("ARGUMENT", "The argument `name` of `loopOutputs` is null");
  return toArray(iterations).map((iteration) => memberByValue(memberByValue(iteration, "outputs"), name) ?? null);
}

/** What a Switch compares is seen like the value of a loop, but outputs are not kept by it. */
function valueOf(taskrun: unknown): unknown {
  return memberByValue(taskrun, "ofSwitch") === true ? undefined : memberByValue(taskrun, "value");
}

interface TaskWithState {
  readonly taskId: string;
  readonly state: string;
  readonly value?: string;
}

/** `tasks` maps an id to `{state}`, of a looped task to the states by value. */
function tasksWithState(tasks: unknown, wanted: string): TaskWithState[] {
  if (!isMap(tasks)) return [];
  return mapKeys(tasks).flatMap((taskId) => {
    const task = mapGet(tasks, taskId);
    const state = memberByValue(task, "state");
    if (typeof state === "string") return state === wanted ? [{ state, taskId }] : [];
    if (!isMap(task)) return [];
    return mapKeys(task)
      .filter((value) => memberByValue(mapGet(task, value), "state") === wanted)
      .map((value) => ({ state: wanted, value, taskId }));
  });
}
