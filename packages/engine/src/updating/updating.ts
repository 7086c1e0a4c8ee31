import { type JsonMap, type JsonValue, parseJsonValue } from "@capstan/model";
import type { State } from "../execution/execution.ts";
import type { LiveRun } from "../execution/live.ts";
import { causeOf } from "../blocks/cause.ts";
import { endAttempt, endRun, forceOpen } from "../blocks/run.ts";
import { endUpTo, topmost } from "../endings/end-up-to.ts";
import { renderProperty, renderText } from "../execution/scope.ts";
import { mergeLabels, setLabels } from "../execution/states.ts";
import type { Turn } from "../turn.ts";

const PREFIX = "io.kestra.plugin.core.execution.";

/** A task that edits its own execution. Renders first, then changes; what it throws fails the task run. */
type Updating = (turn: Turn, run: LiveRun) => void;

const UPDATING: Readonly<Record<string, Updating>> = {
  [`${PREFIX}Labels`]: labels,
  [`${PREFIX}SetVariables`]: setVariables,
  [`${PREFIX}UnsetVariables`]: unsetVariables,
  [`${PREFIX}Exit`]: exit,
};

export function updatingOf(type: string): Updating | undefined {
  return UPDATING[type];
}

function labels(turn: Turn, run: LiveRun): void {
  const added = labelsOf(renderProperty(turn, run, run.node.task.properties["labels"]));
  for (const { key, value } of added) {
    if (key.startsWith("system."))
      throw new Error(`the label \`${key}\` is reserved: choose a key without \`system.\``);
    if (value === "") throw new Error(`the label \`${key}\` must not be empty`);
  }
  setLabels(turn, mergeLabels(turn.execution.labels, added));
  succeed(turn, run);
}

/** Labels as a map, a list of `{key, value}`, or JSON text of one; a value that is a map or a list becomes JSON. */
export function labelsOf(written: unknown): readonly { key: string; value: string }[] {
  if (typeof written === "string") return labelsOf(parseJson(written, "labels"));
  if (Array.isArray(written)) {
    return written.map((entry: { key?: unknown; value?: unknown }) => ({
      key: String(entry.key),
      value: labelText(entry.value),
    }));
  }
  if (typeof written === "object" && written !== null)
    return Object.entries(written).map(([key, value]) => ({ key, value: labelText(value) }));
  if (written === undefined || written === null) return [];
  throw new Error("labels must be a map, or a list of key and value");
}

function labelText(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
}

function setVariables(turn: Turn, run: LiveRun): void {
  const { properties } = run.node.task;
  const added = structureOf(turn, run, "variables") as JsonMap;
  if (!isMap(added)) throw new Error("`variables` must be a map");
  const overwrite = renderProperty(turn, run, properties["overwrite"], { typed: true });
  if (overwrite === false || overwrite === "false") {
    const existing = Object.keys(added).find((key) => Object.hasOwn(turn.execution.variables, key));
    if (existing !== undefined) throw new Error(`the variable \`${existing}\` exists, and \`overwrite\` is false`);
  }
  turn.execution.variables = mergeDeep(turn.execution.variables, added);
  turn.execution.dirty = true;
  succeed(turn, run);
}

function unsetVariables(turn: Turn, run: LiveRun): void {
  const keys = structureOf(turn, run, "variables") as readonly string[];
  if (!Array.isArray(keys)) throw new Error("`variables` must be a list of names");
  let { variables } = turn.execution;
  for (const key of keys) variables = without(variables, key.split("."), key);
  turn.execution.variables = variables;
  turn.execution.dirty = true;
  succeed(turn, run);
}

/** Ends the execution with all that is open in the state; only KILLED also stops what workers run for it. */
function exit(turn: Turn, run: LiveRun): void {
  const { execution } = turn;
  const written = run.node.task.properties["state"];
  const text = written === undefined ? "SUCCESS" : renderText(turn, run, String(written));
  const state = exitState(text);
  endAttempt(turn, run, state);
  endUpTo(turn, run, undefined, state);
  // What runs after the end may end that alone.
  const { block } = topmost(run).lane;
  forceOpen(turn, block.open, state, state !== "KILLED");
  block.ended = true;
  if (block !== execution.root) return;
  if (state === "FAILED") execution.error = causeOf(run, "it ends the execution");
  turn.agenda.push({ do: "finish", state });
}

function exitState(text: string): State {
  if (text === "CANCELED") return "CANCELLED";
  if (["SUCCESS", "WARNING", "FAILED", "CANCELLED", "KILLED"].includes(text)) return text as State;
  throw new Error(`\`state\` must be SUCCESS, WARNING, FAILED, CANCELLED or KILLED, but is \`${text}\``);
}

function succeed(turn: Turn, run: LiveRun): void {
  endAttempt(turn, run, "SUCCESS");
  endRun(turn, run, "SUCCESS");
}

/** A map or list whose texts are rendered to texts, or what one expression prints: JSON. */
function structureOf(turn: Turn, run: LiveRun, name: string): unknown {
  const rendered = renderProperty(turn, run, run.node.task.properties[name]);
  return typeof rendered === "string" ? parseJson(rendered, name) : rendered;
}

function parseJson(text: string, name: string): unknown {
  try {
    return parseJsonValue(text);
  } catch (error) {
    throw new Error(`${name} given as text must be JSON`, { cause: error });
  }
}

export function mergeDeep(base: JsonMap, added: JsonMap): JsonMap {
  const merged: Record<string, JsonValue> = { ...base };
  for (const [key, value] of Object.entries(added)) {
    const before = merged[key];
    merged[key] = isMap(before) && isMap(value) ? mergeDeep(before, value) : value;
  }
  return merged;
}

function isMap(value: JsonValue | undefined): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function without(map: JsonMap, path: readonly string[], whole: string): JsonMap {
  const [first, ...rest] = path;
  if (first === undefined) return map;
  if (rest.length === 0) {
    const { [first]: _removed, ...kept } = map;
    return kept;
  }
  const inner = map[first];
  if (!isMap(inner)) throw new Error(`the variable \`${whole}\` can't be removed: there is no \`${first}\``);
  return { ...map, [first]: without(inner, rest, whole) };
}
