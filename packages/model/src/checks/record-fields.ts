import { itemsAt, type MapNode, type SourceNode, textOf } from "../document/source-node.ts";
import type { Input, InputType } from "../flow.ts";
import { type CheckContext, type Path, report } from "./context.ts";
import { firstOf } from "./schema-issues.ts";

/** Types of values that are no records and no files themselves. */
const FIELD_TYPES: ReadonlySet<InputType> = new Set([
  "STRING",
  "INT",
  "FLOAT",
  "BOOL",
  "DATE",
  "DATETIME",
  "TIME",
  "DURATION",
  "EMAIL",
  "URI",
  "SELECT",
  "MULTISELECT",
]);
/** A record is given as a whole, so that its fields have nothing of the kind. */
const NOT_OF_FIELDS = ["defaults", "prefill", "dependsOn", "expression"];

type CheckInput = (
  context: CheckContext,
  node: SourceNode,
  path: Path,
) => { readonly input: Input; readonly node: MapNode } | undefined;

/** The `properties` of an OBJECT and the `columns` of a TABLE; nothing for inputs of other types. */
export function checkFields(
  context: CheckContext,
  node: MapNode,
  path: Path,
  checkInput: CheckInput,
): Pick<Input, "properties" | "columns"> {
  const type = textOf(node.entries.get("type")?.value);
  const key = type === "OBJECT" ? "properties" : type === "TABLE" ? "columns" : undefined;
  const list = key === undefined ? undefined : node.entries.get(key)?.value;
  if (key === undefined || list?.kind !== "list") return {};
  if (list.items.length === 0)
    report(context, "invalid-value", { place: list, path: [...path, key] }, key, "must have at least one input");
  const ids = new Set<string>();
  const fields = itemsAt(node, key).flatMap((item, index) => {
    const at = [...path, key, index];
    const checked = checkInput(context, item, at);
    if (checked === undefined) return [];
    checkField(context, checked, at, ids);
    ids.add(checked.input.id);
    return checked.input;
  });
  return { [key]: fields };
}

function checkField(
  context: CheckContext,
  { input: { id, type, values }, node }: { readonly input: Input; readonly node: MapNode },
  path: Path,
  others: ReadonlySet<string>,
): void {
  const at = (key: string) => ({ place: node.entries.get(key)?.value ?? firstOf(node), path: [...path, key] });
  if (others.has(id)) report(context, "invalid-value", at("id"), "id", `"${id}" is there already`);
  if (id.includes(".")) report(context, "invalid-value", at("id"), "id", "can't have a dot within a record");
  const hint = `a field is one of ${[...FIELD_TYPES].join(", ")}`;
  if (!FIELD_TYPES.has(type)) report(context, "invalid-type", { ...at("type"), hint }, type);
  for (const key of NOT_OF_FIELDS)
    if (node.entries.has(key))
      report(context, "invalid-value", at(key), key, "can't be of a field: a record is given as a whole");
  if (values === undefined && node.entries.get("values")?.value.kind === "scalar")
    report(context, "invalid-value", at("values"), "values", "of a field must be a list");
}
