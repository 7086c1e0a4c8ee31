import {
  type Environment,
  type Scope,
  evaluateDeep,
  isTruthyText,
  LazyMap,
  renderDeep,
  withFloats,
} from "@capstan/expression";
import { instantText, type JsonMap, type JsonValue } from "@capstan/model";
import { shownBatch } from "./batch.ts";
import { isTerminal } from "./execution.ts";
import { createStepMemo, replaying } from "./step-memo.ts";
import { idempotencyKeysOf } from "./idempotency-keys.ts";
import { indexFor, isTopOfIteration, itemFor } from "./iteration.ts";
import { labelMap } from "./label-map.ts";
import type { LiveExecution, LiveRun } from "./live.ts";
import { SWITCH, templateOf } from "../plan.ts";
import type { EngineContext, Turn } from "../turn.ts";

/** What the expressions of a task run, or of the execution as a whole, can see. Roots are made when they are read. */
export function scopeFor(
  execution: LiveExecution,
  run: LiveRun | undefined,
  globals: EngineContext["globals"],
  extra?: Readonly<Record<string, unknown>>,
): Scope {
  return {
    get: (name) => {
      if (extra !== undefined && Object.hasOwn(extra, name)) return extra[name];
      if (Object.hasOwn(ROOTS, name)) return rootOf(execution, run, name);
      return Object.hasOwn(globals, name) ? globals[name] : undefined;
    },
    keys: () => rootNames(execution, run, globals, extra),
  };
}

/** Renders an expression of the run's task as text. Passes a `Suspension` through. */
export function renderText(
  turn: Turn,
  run: LiveRun,
  source: string,
  extra?: Readonly<Record<string, unknown>>,
): string {
  return templateOf(run.node, source).render(
    scopeFor(turn.execution, run, turn.context.globals, extra),
    environmentOf(turn, run),
  );
}

/** Whether an expression of the run's task renders to something that counts as true. */
export function renderTruth(turn: Turn, run: LiveRun, source: string): boolean {
  return isTruthyText(renderText(turn, run, source));
}

/** A property rendered at every depth; text that is one expression keeps its native value when `typed`. */
export function renderProperty(
  turn: Turn,
  run: LiveRun,
  value: JsonValue | undefined,
  options: { readonly typed?: boolean; readonly extra?: Readonly<Record<string, unknown>> } = {},
): JsonValue | undefined {
  if (value === undefined) return undefined;
  const scope = scopeFor(turn.execution, run, turn.context.globals, options.extra);
  const environment = environmentOf(turn, run);
  const compiled = (source: string) => templateOf(run.node, source);
  const render = options.typed === true ? evaluateDeep : renderDeep;
  return render(value, scope, environment, compiled) as JsonValue;
}

export function environmentOf(turn: Turn, run: LiveRun | undefined): Environment {
  const { execution } = turn;
  const owner = run ?? execution;
  owner.memo ??= createStepMemo();
  return replaying(turn.context.environment(execution, run, owner.memo), owner.memo);
}

type Root = (execution: LiveExecution, run: LiveRun | undefined) => unknown;

const ROOTS: Readonly<Record<string, Root>> = {
  flow: ({ fixed, tenant }) => ({
    id: fixed.flowId,
    namespace: fixed.namespace,
    revision: fixed.flowRevision,
    tenantId: tenant,
  }),
  execution: (execution) => new ShownExecution(execution),
  task: (_, run) => (run === undefined ? undefined : { id: run.node.id, type: run.node.task.writtenType }),
  taskrun: (_, run) => (run === undefined ? undefined : new ShownTaskRun(run)),
  parent: (execution, run) => (run === undefined ? undefined : parentsOf(execution, run)[0]),
  parents: (execution, run) => (run === undefined ? undefined : parentsOf(execution, run)),
  // Without inputs there is no such variable: an expression that reads one is told so of `inputs`.
  inputs: ({ inputs }) => (Object.keys(inputs).length === 0 ? undefined : inputs),
  item: (_, run) => (run === undefined ? undefined : itemFor(run)),
  outputs: (execution, run) => indexFor(execution, run).outputs,
  tasks: (execution, run) => indexFor(execution, run).tasks,
  trigger: ({ fixed }) => fixed.trigger?.variables,
  schedule: ({ fixed }) =>
    fixed.trigger?.type === "io.kestra.plugin.core.trigger.Schedule" ? fixed.trigger.variables : undefined,
  batch: shownBatch,
  vars: ({ variables }) => variables,
  labels: ({ labels }) => labelMap(labels),
};

/** Names of the roots that can be made for a run; `globals` are added by the caller. */
export const ROOT_NAMES: readonly string[] = Object.keys(ROOTS);

export function rootOf(execution: LiveExecution, run: LiveRun | undefined, name: string): unknown {
  return Object.hasOwn(ROOTS, name) ? ROOTS[name]!(execution, run) : undefined;
}

function* rootNames(
  execution: LiveExecution,
  run: LiveRun | undefined,
  globals: EngineContext["globals"],
  extra: Readonly<Record<string, unknown>> | undefined,
): Iterable<string> {
  const names = new Set([...ROOT_NAMES, ...Object.keys(globals), ...Object.keys(extra ?? {})]);
  for (const name of names) {
    if (!Object.hasOwn(ROOTS, name) || rootOf(execution, run, name) !== undefined) yield name;
  }
}

/** What `execution` shows. */
class ShownExecution extends LazyMap {
  readonly #execution: LiveExecution;
  constructor(execution: LiveExecution) {
    super();
    this.#execution = execution;
  }
  override get(key: string): unknown {
    const { id, fixed, state, history, outputs, plan } = this.#execution;
    switch (key) {
      case "id":
        return id;
      case "startDate":
        return instantText(history[0]?.date ?? fixed.createdAt);
      case "endDate":
        return isTerminal(state) ? instantText(history.at(-1)?.date ?? fixed.createdAt) : undefined;
      case "originalId":
        return fixed.originalId;
      case "state":
        return state;
      case "outputs":
        return withFloats(outputs ?? {}, plan.floats.outputs);
      default:
        return undefined;
    }
  }
  override keys(): Iterable<string> {
    const names = ["id", "startDate", "originalId", "state", "outputs"];
    return isTerminal(this.#execution.state) ? [...names, "endDate"] : names;
  }
}

/** What `taskrun` shows. */
class ShownTaskRun extends LazyMap {
  readonly #run: LiveRun;
  constructor(run: LiveRun) {
    super();
    this.#run = run;
  }
  override get(key: string): unknown {
    const { id, history, attempts, parent, value, iteration } = this.#run;
    switch (key) {
      case "id":
        return id;
      case "startDate":
        return instantText(history[0]?.date ?? 0);
      case "attemptsCount":
        return attempts.filter(({ state }) => isTerminal(state)).length;
      case "parentId":
        return parent?.id;
      case "value":
        return value;
      case "iteration":
        return iteration;
      case "idempotencyKey":
      case "attemptKey":
        return idempotencyKeysOf(this.#run)[key];
      default:
        return undefined;
    }
  }
  override keys(): Iterable<string> {
    const names = [
      "id",
      "startDate",
      "attemptsCount",
      "parentId",
      "value",
      "iteration",
      "idempotencyKey",
      "attemptKey",
    ];
    return names.filter((name) => this.has(name));
  }
}

/** Ancestors within the world of the run that carry a value or outputs, nearest first. */
function parentsOf(_execution: LiveExecution, run: LiveRun): readonly JsonMap[] {
  const parents: JsonMap[] = [];
  if (isTopOfIteration(run)) return parents;
  for (let current = run.parent; current !== undefined; current = current.parent) {
    const { outputs } = current;
    const taskrun = valueOfParent(current);
    if (taskrun !== undefined || outputs !== undefined)
      parents.push({ ...(taskrun === undefined ? {} : { taskrun }), ...(outputs === undefined ? {} : { outputs }) });
    if (isTopOfIteration(current)) break;
  }
  return parents;
}

/** The value of a loop or, of a Switch outside of one, what it compares: that is no key of outputs, and says so. */
function valueOfParent({ value, node, outputs }: LiveRun): JsonMap | undefined {
  if (value !== undefined) return { value };
  if (node.task.type !== SWITCH || outputs?.["value"] === undefined) return undefined;
  return { value: outputs["value"], ofSwitch: true };
}
