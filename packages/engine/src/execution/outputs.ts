import { LazyMap } from "@capstan/expression";
import type { JsonMap } from "@capstan/model";
import type { State } from "./execution.ts";

/**
 * Outputs and states of all task runs by task id and, inside loops, by the values of the loops from the outermost to
 * the own. Adding one costs the depth of its loops, whatever the number of runs.
 */
export interface OutputIndex {
  readonly byTask: Map<string, OutputNode>;
  readonly states: Map<string, StateNode>;
  /** What `outputs` shows. */
  readonly outputs: LazyMap;
  /** What `tasks` shows. */
  readonly tasks: LazyMap;
}

interface OutputNode {
  outputs: JsonMap | undefined;
  children: Map<string, OutputNode> | undefined;
}
interface StateNode {
  state: State | undefined;
  byValue: Map<string, State> | undefined;
}

/** `outer`: what is seen where this index has nothing. */
export function createOutputIndex(outer?: OutputIndex): OutputIndex {
  const byTask = new Map<string, OutputNode>();
  const states = new Map<string, StateNode>();
  return {
    byTask,
    states,
    outputs: new OutputsOfTasks(byTask, outer?.outputs),
    tasks: new StatesOfTasks(states, outer?.tasks),
  };
}

/** `path`: loop values, outermost first, the run's own last. */
export function addOutputs(index: OutputIndex, taskId: string, path: readonly string[], outputs: JsonMap): void {
  let node = index.byTask.get(taskId);
  if (node === undefined) {
    node = { outputs: undefined, children: undefined };
    index.byTask.set(taskId, node);
  }
  for (const value of path) {
    node.children ??= new Map();
    let child = node.children.get(value);
    if (child === undefined) {
      child = { outputs: undefined, children: undefined };
      node.children.set(value, child);
    }
    node = child;
  }
  node.outputs = outputs;
}

export function addState(index: OutputIndex, taskId: string, value: string | undefined, state: State): void {
  let node = index.states.get(taskId);
  if (node === undefined) {
    node = { state: undefined, byValue: undefined };
    index.states.set(taskId, node);
  }
  if (value === undefined) node.state = state;
  else {
    node.byValue ??= new Map();
    node.byValue.set(value, state);
  }
}

/** Every task id with its state and value, for `tasksWithState`. */
export function* allStates(index: OutputIndex): Iterable<{ taskId: string; state: State; value?: string }> {
  for (const [taskId, node] of index.states) {
    if (node.state !== undefined) yield { taskId, state: node.state };
    for (const [value, state] of node.byValue ?? []) yield { taskId, state, value };
  }
}

/** A map of tasks with those of the world around it, which never has a task of the same id. */
abstract class MapOfTasks<Node> extends LazyMap {
  readonly #own: Map<string, Node>;
  readonly #outer: LazyMap | undefined;
  constructor(own: Map<string, Node>, outer: LazyMap | undefined) {
    super();
    this.#own = own;
    this.#outer = outer;
  }
  override get(key: string): unknown {
    const node = this.#own.get(key);
    return node === undefined ? this.#outer?.get(key) : this.view(node);
  }
  override *keys(): Iterable<string> {
    if (this.#outer !== undefined) yield* this.#outer.keys();
    yield* this.#own.keys();
  }
  protected abstract view(node: Node): unknown;
}

class OutputsOfTasks extends MapOfTasks<OutputNode> {
  protected override view(node: OutputNode): unknown {
    return viewOf(node);
  }
}

class OutputsByValue extends LazyMap {
  readonly #node: OutputNode;
  constructor(node: OutputNode) {
    super();
    this.#node = node;
  }
  override get(key: string): unknown {
    const child = this.#node.children?.get(key);
    if (child !== undefined) return viewOf(child);
    const { outputs } = this.#node;
    return outputs !== undefined && Object.hasOwn(outputs, key) ? outputs[key] : undefined;
  }
  override *keys(): Iterable<string> {
    yield* this.#node.children?.keys() ?? [];
    for (const key of Object.keys(this.#node.outputs ?? {})) if (!this.#node.children?.has(key)) yield key;
  }
}

function viewOf(node: OutputNode): unknown {
  return node.children === undefined ? node.outputs : new OutputsByValue(node);
}

class StatesOfTasks extends MapOfTasks<StateNode> {
  protected override view({ state, byValue }: StateNode): unknown {
    if (byValue === undefined) return { state };
    return Object.fromEntries(Array.from(byValue, ([value, own]) => [value, { state: own }]));
  }
}
