import type { MapNode, SourceNode } from "../document/source-node.ts";
import { isAbsent, plain } from "../document/source-node.ts";
import type { Condition, JsonMap } from "../flow.ts";
import { without } from "../json-value.ts";
import { checkMap } from "./check-schema.ts";
import { type CheckContext, type Path, report } from "./context.ts";
import { resolveType } from "./element-type.ts";
import { found } from "./schema-issues.ts";
import { metaOf } from "./schema-shape.ts";

/** Reads a list of conditions. */
export function checkConditions(context: CheckContext, node: SourceNode | undefined, path: Path): Condition[] {
  if (node === undefined || isAbsent(node)) return [];
  if (node.kind !== "list") {
    report(
      context,
      "wrong-type",
      { place: node, path },
      String(path.at(-1)),
      "a list of conditions",
      node.kind === "map" ? "a map" : "text",
    );
    return [];
  }
  return node.items.flatMap((item, index) => checkCondition(context, item, [...path, index]) ?? []);
}

function checkCondition(context: CheckContext, node: SourceNode, path: Path): Condition | undefined {
  if (node.kind !== "map") {
    report(context, "wrong-type", { place: node, path }, "condition", "a map with a type", found(node));
    return undefined;
  }
  const type = resolveType(context, node, path, "condition");
  if (type === undefined) return undefined;
  if (type.definition === undefined) return { type: type.name, properties: without(plain(node), ["type"]) };
  const schema = type.definition.properties;
  const { written: properties } = checkMap(context, schema, node, path, { name: type.name, also: ["type", "id"] });
  for (const [key, property] of Object.entries(schema.shape)) {
    const value = node.entries.get(key)?.value;
    const holds = metaOf(property).conditions;
    if (holds === "list") properties[key] = checkConditions(context, value, [...path, key]).map(nested);
    else if (holds === "map" && value?.kind === "map")
      properties[key] = conditionsByName(context, value, [...path, key]);
  }
  return { type: type.name, properties };
}

function conditionsByName(context: CheckContext, node: MapNode, path: Path): JsonMap {
  const found = Array.from(node.entries.values(), ({ key, value }) => {
    const condition = checkCondition(context, value, [...path, key]);
    return [key, condition === undefined ? null : nested(condition)] as const;
  });
  return Object.fromEntries(found);
}

function nested({ type, properties }: Condition): JsonMap {
  return { type, ...properties };
}
