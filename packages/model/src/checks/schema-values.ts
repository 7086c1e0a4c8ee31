import type { z } from "zod";
import { plain, type ScalarNode, type SourceNode } from "../document/source-node.ts";
import type { JsonValue } from "../flow.ts";
import { metaOf, shapeOf, unwrap } from "./schema-shape.ts";

/** Enough of a node to check its own type: what is inside is read elsewhere. */
export function outline(node: SourceNode): JsonValue {
  return node.kind === "list" ? [] : node.kind === "map" ? {} : node.value;
}

/** The data of a node as a schema wants to read it. */
export function valueFor(schema: z.ZodType, node: SourceNode): JsonValue {
  const shape = shapeOf(schema);
  if (node.kind === "scalar") return scalarFor(schema, node);
  if (shape.kind === "union") {
    const fitting = shape.options.find((option) => option.safeParse(valueFor(option, node)).success);
    return fitting === undefined ? plain(node) : valueFor(fitting, node);
  }
  if (shape.kind === "list" && node.kind === "list") return node.items.map((item) => valueFor(shape.item, item));
  if (node.kind === "map" && (shape.kind === "object" || shape.kind === "record")) {
    const inner = (key: string) =>
      shape.kind === "record" ? shape.value : Object.hasOwn(shape.properties, key) ? shape.properties[key] : undefined;
    const entries = Array.from(node.entries.values(), ({ key, value }): [string, JsonValue] | undefined => {
      const property = inner(key);
      if (property === undefined) return [key, plain(value)];
      const isNull = value.kind === "scalar" && value.value === null;
      if (isNull && shape.kind === "object") return undefined;
      return [key, valueFor(property, value)];
    });
    return Object.fromEntries(entries.filter((entry) => entry !== undefined));
  }
  return plain(node);
}

function scalarFor(schema: z.ZodType, node: ScalarNode): JsonValue {
  if (node.value === null) return null;
  const shape = shapeOf(schema);
  if (shape.kind === "text") return node.text;
  if (shape.kind === "number") return asNumber(node);
  if (shape.kind === "boolean") return asBoolean(node);
  if (shape.kind !== "union") return node.value;
  if (metaOf(schema).dynamic === "text") return node.text;
  const inner = unwrap(schema);
  const readings = [node.value, node.text, asNumber(node), asBoolean(node)];
  return readings.find((reading) => inner.safeParse(reading).success) ?? node.value;
}

function asNumber({ value }: ScalarNode): JsonValue {
  if (typeof value !== "string" || value.trim() === "") return value;
  return Number.isFinite(Number(value)) ? Number(value) : value;
}

function asBoolean({ value }: ScalarNode): JsonValue {
  if (typeof value !== "string") return value;
  return value === "true" ? true : value === "false" ? false : value;
}
