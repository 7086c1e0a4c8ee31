import { patternProblem } from "@capstan/expression";
import { parseDuration } from "../duration.ts";
import type { MapNode, SourceNode } from "../document/source-node.ts";
import { isAbsent, itemsAt, nodeAt, textOf } from "../document/source-node.ts";
import type { FlowOutput, Input, InputType, JsonValue } from "../flow.ts";
import { scalarText } from "../json-value.ts";
import { FORM, INPUT_PROPERTIES, INPUT_TYPE_ALIASES, INPUTS, OUTPUT } from "../schemas/input.ts";
import { circlesIn } from "./circles.ts";
import { checkMap, fitting } from "./check-schema.ts";
import { firstOf, found, writeDuration } from "./schema-issues.ts";
import { type CheckContext, listed, nameHint, type Path, report } from "./context.ts";
import { defined } from "./defined.ts";
import { checkId } from "./identifiers.ts";
import { checkDefault } from "./input-default.ts";
import { checkFields } from "./record-fields.ts";

export interface CheckedInput {
  readonly input: Input;
  readonly node: MapNode;
  readonly path: Path;
}

const DISPLAY_NAME_LENGTH = 64;
const LIST_ITEM_TYPES_REFUSED = new Set(["ARRAY", "MULTISELECT", "SECRET", "SELECT", "ENUM"]);

/** Reads a list of input definitions and checks the rules between them. */
export function checkInputs(context: CheckContext, node: SourceNode | undefined, path: Path): CheckedInput[] {
  if (node?.kind !== "list") return [];
  const inputs = node.items.flatMap((item, index) =>
    isForm(item) ? checkForm(context, item, [...path, index]) : (checkInput(context, item, [...path, index]) ?? []),
  );
  checkDependencies(context, inputs);
  checkNesting(context, inputs);
  return inputs;
}

/** `a.b` is read below `a`, so that there is no place for a value of `a` itself. */
function checkNesting(context: CheckContext, inputs: readonly CheckedInput[]): void {
  const outer = new Map<string, string>();
  for (const { input } of inputs)
    for (let dot = input.id.indexOf("."); dot !== -1; dot = input.id.indexOf(".", dot + 1))
      outer.set(input.id.slice(0, dot), input.id);
  for (const { input, node, path } of inputs) {
    const inner = outer.get(input.id);
    if (inner === undefined) continue;
    const id = node.entries.get("id") ?? node.entries.get("name")!;
    const place = { place: id.value, path: [...path, "id"], hint: "give one of them another name" };
    report(context, "input-combination", place, input.id, `its value and that of "${inner}" take each other's place`);
  }
}

function isForm(node: SourceNode): node is MapNode {
  return node.kind === "map" && textOf(node.entries.get("type")?.value) === "FORM";
}

/** The inputs of a form, with the ids under which they are given and read. */
function checkForm(context: CheckContext, node: MapNode, path: Path): CheckedInput[] {
  const id = checkId(context, node, "id", path, "inputId");
  checkMap(context, FORM, node, path, { name: "input of type FORM" });
  return itemsAt(node, "inputs").flatMap((item, index) => {
    const at = [...path, "inputs", index];
    if (!isForm(item)) {
      const checked = checkInput(context, item, at);
      return checked === undefined ? [] : { ...checked, input: { ...checked.input, id: `${id}.${checked.input.id}` } };
    }
    const type = item.entries.get("type")!.value;
    report(context, "invalid-type", { place: type, path: [...at, "type"], hint: "a form can't be in a form" }, "FORM");
    return [];
  });
}

function checkInput(context: CheckContext, node: SourceNode, path: Path): CheckedInput | undefined {
  if (node.kind !== "map") {
    report(context, "wrong-type", { place: node, path }, "input", "a map with id and type", found(node));
    return undefined;
  }
  const id = checkId(context, node, node.entries.has("id") ? "id" : "name", path, "inputId");
  const type = inputType(context, node, "type", path, true, true);
  if (type === undefined) {
    // A type that does not exist is told; the input is there all the same for what refers to it.
    if (id !== "") return { input: { id, type: "JSON", writtenType: "JSON", required: true }, node, path };
    report(context, "missing-property", { place: firstOf(node, "id"), path: [...path, "id"] }, "id");
    return undefined;
  }
  const schema = INPUTS[type];
  const written = textOf(node.entries.get("type")?.value) ?? type;
  const { written: properties } = checkMap(context, schema, node, path, { name: `input of type ${written}` });
  if (written !== type)
    report(
      context,
      "deprecated",
      { place: node.entries.get("type")!.value, path: [...path, "type"] },
      written,
      `write ${type}`,
    );
  const itemType = inputType(context, node, "itemType", path, false);
  const fields = checkFields(context, node, path, checkInput);
  const input = { id, type, writtenType: written, ...inputProperties(properties), ...defined({ itemType }), ...fields };
  checkInputRules(context, input, node, path);
  return { input, node, path };
}

function inputProperties(properties: Record<string, JsonValue>): Omit<Input, "id" | "type" | "writtenType"> {
  const { required = true, dependsOn, rows, ...rest } = fitting(INPUT_PROPERTIES, properties);
  const { defaults, prefill, values } = properties;
  // The newer spelling of `expression`.
  const chosen = typeof values === "string" ? { expression: values } : {};
  return {
    required,
    ...defined({ ...rest, ...chosen, defaults, prefill }),
    ...(rows === undefined ? {} : { rows: defined(rows) }),
    ...(dependsOn === undefined
      ? {}
      : { dependsOn: { inputs: dependsOn.inputs, ...defined({ condition: dependsOn.condition }) } }),
  };
}

/** Types of inputs alone, or of another edition, and what takes the same values. */
const TYPE_REMEDIES: Readonly<Record<string, string>> = {
  OBJECT: "only an input has properties: write JSON, which takes a map",
  REUSABLE_INPUTS: "it belongs to Kestra's Enterprise Edition: write the inputs themselves, or a FORM with them",
  TABLE: "only an input has columns: write ARRAY with `itemType: JSON`, one map for each row",
};

function inputType(
  context: CheckContext,
  node: MapNode,
  key: string,
  path: Path,
  required: boolean,
  isInput = false,
): InputType | undefined {
  const typeNode = node.entries.get(key)?.value;
  const written = textOf(typeNode);
  if (written === undefined || typeNode === undefined) {
    if (required) report(context, "missing-property", { place: firstOf(node, key), path: [...path, key] }, key);
    return undefined;
  }
  const type = INPUT_TYPE_ALIASES[written] ?? written;
  const isTaken = isInput && isInputType(type);
  const remedy = !isTaken && Object.hasOwn(TYPE_REMEDIES, written) ? TYPE_REMEDIES[written] : undefined;
  if (isInputType(type) && remedy === undefined) return type;
  const known = [...Object.keys(INPUTS), ...(required && key === "type" ? ["FORM"] : [])];
  const hint = () => remedy ?? nameHint(written, known);
  report(context, "invalid-type", { place: typeNode, path: [...path, key], hint }, written);
  return undefined;
}

function isInputType(type: string): type is InputType {
  return Object.hasOwn(INPUTS, type);
}

function checkInputRules(context: CheckContext, input: Input, node: MapNode, path: Path): void {
  const at = (key: string) => ({ place: node.entries.get(key)?.value ?? firstOf(node), path: [...path, key] });
  const { id, type } = input;
  if (input.validator !== undefined) {
    const problem = patternProblem(input.validator);
    if (problem !== undefined) report(context, "invalid-regex", at("validator"), "validator", input.validator, problem);
  }
  if ((input.displayName?.length ?? 0) > DISPLAY_NAME_LENGTH)
    report(
      context,
      "invalid-value",
      { ...at("displayName"), severity: "warning" },
      "displayName",
      `should have at most ${DISPLAY_NAME_LENGTH} characters`,
    );
  if (type === "FILE" && input.defaults !== undefined && !/^(?:ns)?file:\/\//.test(scalarText(input.defaults)))
    report(
      context,
      "invalid-value",
      at("defaults"),
      "defaults",
      "of a FILE input must be a URI that begins with file:// or nsfile://",
    );
  if (type === "ARRAY" && input.itemType === undefined && isAbsent(node.entries.get("itemType")?.value))
    report(context, "missing-property", { place: firstOf(node, "itemType"), path: [...path, "itemType"] }, "itemType");
  if (type === "ARRAY" && input.itemType === "ARRAY")
    report(
      context,
      "invalid-value",
      at("itemType"),
      "itemType",
      "can't be ARRAY: an array of arrays is no input, use JSON",
    );
  if (type === "MULTISELECT" && input.itemType !== undefined && LIST_ITEM_TYPES_REFUSED.has(input.itemType))
    report(context, "invalid-value", at("itemType"), "itemType", `of a MULTISELECT can't be ${input.itemType}`);
  if (type === "SELECT" || type === "MULTISELECT") checkChoice(context, input, node, path);
  if (type === "DURATION") checkDurationRange(context, node, path);
  if (typeof input.min === "number" && typeof input.max === "number" && input.min > input.max)
    report(
      context,
      "input-combination",
      { ...at("max"), hint: "swap them" },
      id,
      "no value is between `min` and `max`",
    );
  if (input.defaults !== undefined && node.entries.get("required") !== undefined && !input.required)
    report(
      context,
      "input-combination",
      { ...at("defaults"), hint: "leave out `required: false`, or use `prefill`" },
      id,
      "a default makes `required: false` meaningless",
    );
  if (input.defaults !== undefined && input.prefill !== undefined)
    report(
      context,
      "input-combination",
      { ...at("prefill"), hint: "keep one of them" },
      id,
      "`defaults` and `prefill` exclude each other",
    );
  checkDefault(context, input, at("defaults"));
}

function checkChoice(context: CheckContext, input: Input, node: MapNode, path: Path): void {
  if (!isAbsent(node.entries.get("values")?.value) && !isAbsent(node.entries.get("expression")?.value))
    report(
      context,
      "invalid-value",
      { place: node.entries.get("expression")!.value, path: [...path, "expression"] },
      "expression",
      "and `values` exclude each other",
    );
  if (input.values === undefined && input.expression === undefined)
    report(context, "missing-property", { place: firstOf(node, "values"), path: [...path, "values"] }, "values");
}

function checkDurationRange(context: CheckContext, node: MapNode, path: Path): void {
  for (const key of ["min", "max"]) {
    const value = node.entries.get(key)?.value;
    const text = textOf(value);
    if (value === undefined || text === undefined || parseDuration(text) !== undefined) continue;
    report(context, "invalid-duration", { place: value, path: [...path, key], hint: writeDuration(text) }, key, text);
  }
}

function checkDependencies(context: CheckContext, inputs: readonly CheckedInput[]): void {
  const graph = new Map(inputs.map(({ input }) => [input.id, input.dependsOn?.inputs ?? []]));
  const circles = new Map(circlesIn(graph).flatMap((circle) => circle.map((id) => [id, circle] as const)));
  for (const { input, node, path } of inputs) {
    const dependsOn = node.entries.get("dependsOn")?.value;
    if (input.dependsOn === undefined || dependsOn === undefined) continue;
    for (const [index, wanted] of input.dependsOn.inputs.entries()) {
      if (graph.has(wanted)) continue;
      const place = nodeAt(dependsOn, ["inputs", index]) ?? dependsOn;
      const hint = () => nameHint(wanted, graph.keys());
      const at = [...path, "dependsOn", "inputs", index];
      report(context, "input-dependency-missing", { place, path: at, hint }, input.id, wanted);
    }
    const circle = circles.get(input.id);
    if (circle === undefined) continue;
    const own = circle.indexOf(input.id);
    const way = [...circle.slice(own + 1), ...circle.slice(0, own + 1)];
    report(
      context,
      "input-dependency-cycle",
      { place: dependsOn, path: [...path, "dependsOn"] },
      input.id,
      listed(way),
    );
  }
}

/** Reads the outputs of a flow. */
export function checkOutputs(context: CheckContext, node: SourceNode | undefined, path: Path): FlowOutput[] {
  if (node?.kind !== "list") return [];
  return node.items.flatMap((item, index) => {
    const at = [...path, index];
    if (item.kind !== "map") {
      report(context, "wrong-type", { place: item, path: at }, "output", "a map with id, type and value", found(item));
      return [];
    }
    const id = checkId(context, item, "id", at, "inputId");
    const { read, written } = checkMap(context, OUTPUT, item, at, { name: "output" });
    const type = item.entries.has("type") ? inputType(context, item, "type", at, true) : undefined;
    const itemType = inputType(context, item, "itemType", at, false);
    if (type === undefined) return [];
    const { displayName, description, required = true } = read;
    const value = written["value"] ?? null;
    return [{ id, type, value, required, ...defined({ displayName, description, itemType }) }];
  });
}
