import type { ElementKind } from "../catalogue.ts";
import { type MapNode, mapAt, textOf } from "../document/source-node.ts";
import { TASK_COMMON, TRIGGER_COMMON } from "../schemas/common.ts";
import { reportUnknown } from "./check-schema.ts";
import type { CheckContext, Path } from "./context.ts";
import { shapeOf } from "./schema-shape.ts";

const TYPED = ["type", "version"];

/** Properties of an element that its type does not have alone. */
const COMMON: Readonly<Record<ElementKind, readonly string[]>> = {
  task: Object.keys(TASK_COMMON.shape),
  trigger: Object.keys(TRIGGER_COMMON.shape),
  condition: [...TYPED, "id"],
  taskRunner: TYPED,
  other: TYPED,
};

/** A plugin default for one type names only what the type has, used or not; what a prefix stands for can't be known. */
export function checkDefaultNames(context: CheckContext, node: MapNode, path: Path): void {
  const definition = context.catalogue.find(textOf(node.entries.get("type")?.value) ?? "");
  if (definition === undefined) return;
  const shape = shapeOf(definition.properties);
  if (shape.kind !== "object" || shape.open) return;
  const known = [...Object.keys(shape.properties), ...COMMON[definition.element]];
  for (const { key, keyPlace } of mapAt(node, "values")?.entries.values() ?? [])
    if (!known.includes(key))
      reportUnknown(context, key, keyPlace, [...path, "values"], { name: definition.type }, known);
}
