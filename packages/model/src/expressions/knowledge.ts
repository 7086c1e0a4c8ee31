import type { CheckedParts } from "../checks/flow.ts";
import { shapeOf } from "../checks/schema-shape.ts";
import { type CheckedTrigger, WEBHOOK } from "../checks/triggers.ts";
import type { JsonValue, Trigger } from "../flow.ts";
import { CALLER_FIELDS } from "./known-variables.ts";
import { placementsOf, type TaskPlacement } from "./placement.ts";

/** What the expressions of a flow can refer to. */
export interface Knowledge {
  /** Tasks by id, and the ids that a ForEachItem makes. */
  readonly tasks: ReadonlyMap<string, KnownTask>;
  readonly inputIds: readonly string[];
  readonly inputs: InputNames;
  readonly variables: ReadonlySet<string>;
  /** Whether variables may appear that no one can foresee. */
  readonly openVariables: boolean;
  /** Variables whose text is itself an expression, whatever happens before they are read. */
  readonly templates: ReadonlySet<string>;
  /** What `trigger` may hold, whatever started the execution; absent when a trigger's outputs can't be known. */
  readonly triggerFields: readonly string[] | undefined;
  /** Whether executions of the flow take several starts. */
  readonly hasBatch: boolean;
  /** Labels of the flow and of its triggers; an execution may have others. */
  readonly labels: ReadonlySet<string>;
}

export interface KnownTask {
  readonly placement: TaskPlacement;
  /** Made by a task, not written in the flow: its outputs can't be known. */
  readonly isGenerated: boolean;
}

/** Input names as nested maps; an input that exists itself has `isInput`. */
export interface InputNames {
  readonly children: Map<string, InputNames>;
  isInput: boolean;
}

const FOR_EACH_ITEM = "io.kestra.plugin.core.flow.ForEachItem";
const SET_VARIABLES = "io.kestra.plugin.core.execution.SetVariables";
const TEMPLATE = "io.kestra.plugin.core.flow.Template";

export function createKnowledge(parts: CheckedParts, placements = placementsOf(parts)): Knowledge {
  const tasks = new Map<string, KnownTask>();
  const variables = new Set(Object.keys(parts.flow.variables));
  const assigned = new Set<string>();
  let openVariables = false;
  for (const placement of placements) {
    const { id, type, properties } = placement.checked.task;
    if (!tasks.has(id)) tasks.set(id, { placement, isGenerated: false });
    if (type === FOR_EACH_ITEM)
      for (const part of ["split", "items", "merge"]) tasks.set(`${id}_${part}`, { placement, isGenerated: true });
    if (type === TEMPLATE) openVariables = true;
    if (type === SET_VARIABLES) {
      const names = literalKeys(properties["variables"]);
      if (names === undefined) openVariables = true;
      else for (const name of names) assigned.add(name);
    }
  }
  const inputIds = parts.flow.inputs.flatMap(
    ({ id, properties }) => properties?.map((field) => `${id}.${field.id}`) ?? id,
  );
  const templates = Object.entries(parts.flow.variables).flatMap(([name, value]) =>
    typeof value === "string" && value.includes("{{") && !assigned.has(name) && !openVariables ? [name] : [],
  );
  return {
    tasks,
    inputIds,
    inputs: inputNames(inputIds),
    variables: variables.union(assigned),
    openVariables,
    templates: new Set(templates),
    triggerFields: triggerFields(parts.triggers),
    hasBatch: parts.flow.batch !== undefined,
    labels: new Set([parts.flow, ...parts.flow.triggers].flatMap(({ labels }) => Object.keys(labels))),
  };
}

/** What a trigger puts into `trigger`; undefined when that can't be known. */
export function fieldsOf({ definition, trigger }: CheckedTrigger): readonly string[] | undefined {
  if (definition?.outputs === undefined) return undefined;
  const shape = shapeOf(definition.outputs);
  if (shape.kind !== "object" || shape.open) return undefined;
  const fields = Object.keys(shape.properties);
  return trigger.type === WEBHOOK ? fields.filter((field) => isSetByWebhook(field, trigger)) : fields;
}

/** The body of a call is one of two fields, or none. */
function isSetByWebhook(field: string, { properties }: Trigger): boolean {
  const { fetchType = "FETCH" } = properties;
  if (field === "body") return fetchType === "FETCH";
  return field !== "uri" || fetchType === "STORE";
}

function triggerFields(triggers: readonly CheckedTrigger[]): readonly string[] | undefined {
  const all = triggers.map(fieldsOf);
  const known = all.filter((fields) => fields !== undefined);
  return known.length < all.length ? undefined : [...new Set([...known.flat(), ...CALLER_FIELDS])];
}

function literalKeys(value: JsonValue | undefined): readonly string[] | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  return keys.some((key) => key.includes("{{")) ? undefined : keys;
}

function inputNames(ids: readonly string[]): InputNames {
  const root: InputNames = { children: new Map(), isInput: false };
  for (const id of ids) {
    let current = root;
    for (const part of id.split(".")) {
      let next = current.children.get(part);
      if (next === undefined) {
        next = { children: new Map(), isInput: false };
        current.children.set(part, next);
      }
      current = next;
    }
    current.isInput = true;
  }
  return root;
}
