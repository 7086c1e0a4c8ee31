import { patternProblem } from "@capstan/expression";
import { parseDuration } from "../duration.ts";
import type { MapNode, SourceNode } from "../document/source-node.ts";
import { isAbsent, textOf } from "../document/source-node.ts";
import type { FlowOutput, Input, InputType, JsonValue } from "../flow.ts";
import { scalarText } from "../json-value.ts";
import { INPUT_PROPERTIES, INPUT_TYPE_ALIASES, INPUTS, OUTPUT } from "../schemas/input.ts";
import { checkMap, fitting } from "./check-schema.ts";
import { firstOf } from "./schema-issues.ts";
import { type CheckContext, nameHint, type Path, report } from "./context.ts";
import { defined } from "./defined.ts";
import { checkId } from "./identifiers.ts";
import { checkDefault } from "./input-default.ts";

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
  const inputs = node.items.flatMap((item, index) => checkInput(context, item, [...path, index]) ?? []);
  checkDependencies(context, inputs);
  return inputs;
}

function checkInput(context: CheckContext, node: SourceNode, path: Path): CheckedInput | undefined {
  if (node.kind !== "map") {
    report(context, "wrong-type", { place: node, path }, "input", "a map with id and type", "something else");
    return undefined;
  }
  const id = checkId(context, node, node.entries.has("id") ? "id" : "name", path, "inputId");
  const type = inputType(context, node, "type", path, true);
  if (type === undefined) {
    if (id === "") report(context, "missing-property", { place: firstOf(node, "id"), path: [...path, "id"] }, "id");
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
  const input = { id, type, writtenType: written, ...inputProperties(properties), ...defined({ itemType }) };
  checkInputRules(context, input, node, path);
  return { input, node, path };
}

function inputProperties(properties: Record<string, JsonValue>): Omit<Input, "id" | "type" | "writtenType"> {
  const { required = true, dependsOn, ...rest } = fitting(INPUT_PROPERTIES, properties);
  const { defaults, prefill } = properties;
  return {
    required,
    ...defined({ ...rest, defaults, prefill }),
    ...(dependsOn === undefined
      ? {}
      : { dependsOn: { inputs: dependsOn.inputs, ...defined({ condition: dependsOn.condition }) } }),
  };
}

function inputType(
  context: CheckContext,
  node: MapNode,
  key: string,
  path: Path,
  required: boolean,
): InputType | undefined {
  const typeNode = node.entries.get(key)?.value;
  const written = textOf(typeNode);
  if (written === undefined || typeNode === undefined) {
    if (required) report(context, "missing-property", { place: firstOf(node, key), path: [...path, key] }, key);
    return undefined;
  }
  const type = INPUT_TYPE_ALIASES[written] ?? written;
  if (isInputType(type)) return type;
  const hint = () => nameHint(written, Object.keys(INPUTS));
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
  if (input.values !== undefined && input.expression !== undefined)
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
    report(context, "invalid-duration", { place: value, path: [...path, key] }, key, text);
  }
}

function checkDependencies(context: CheckContext, inputs: readonly CheckedInput[]): void {
  const byId = new Map(inputs.map(({ input }) => [input.id, input]));
  for (const { input, node, path } of inputs) {
    const place = node.entries.get("dependsOn")?.value;
    if (input.dependsOn === undefined || place === undefined) continue;
    for (const wanted of input.dependsOn.inputs) {
      if (byId.has(wanted)) continue;
      const finding = { place, path: [...path, "dependsOn"], hint: () => nameHint(wanted, byId.keys()) };
      report(context, "input-dependency-missing", finding, input.id, wanted);
    }
    const cycle = cycleFrom(input.id, byId);
    if (cycle !== undefined)
      report(context, "input-dependency-cycle", { place, path: [...path, "dependsOn"] }, input.id, cycle.join(", "));
  }
}

function cycleFrom(id: string, byId: ReadonlyMap<string, Input>): readonly string[] | undefined {
  const seen = new Set<string>();
  const stack = [...(byId.get(id)?.dependsOn?.inputs ?? [])];
  while (stack.length > 0) {
    const next = stack.pop()!;
    if (next === id) return [...seen, id];
    if (seen.has(next)) continue;
    seen.add(next);
    stack.push(...(byId.get(next)?.dependsOn?.inputs ?? []));
  }
  return undefined;
}

/** Reads the outputs of a flow. */
export function checkOutputs(context: CheckContext, node: SourceNode | undefined, path: Path): FlowOutput[] {
  if (node?.kind !== "list") return [];
  return node.items.flatMap((item, index) => {
    const at = [...path, index];
    if (item.kind !== "map") {
      report(
        context,
        "wrong-type",
        { place: item, path: at },
        "output",
        "a map with id, type and value",
        "something else",
      );
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
