import { z } from "zod";

/** What the checker needs to know of a zod schema, independent of wrappers such as `optional`. */
export type Shape =
  | { readonly kind: "object"; readonly properties: Readonly<Record<string, z.ZodType>>; readonly open: boolean }
  | { readonly kind: "list"; readonly item: z.ZodType }
  | { readonly kind: "record"; readonly value: z.ZodType }
  | { readonly kind: "union"; readonly options: readonly z.ZodType[] }
  | { readonly kind: "text" | "number" | "boolean" | "other" };

export type Meta = z.core.GlobalMeta;

/** The schema behind `optional`, `default`, `nullable`, transforms and the like. */
export function unwrap(schema: z.ZodType): z.ZodType {
  let current = schema;
  for (;;) {
    const inner = innerOf(current);
    if (inner === undefined) return current;
    current = inner;
  }
}

/** What `.meta()` says anywhere on the way to the inner schema; the outermost word wins. */
export function metaOf(schema: z.ZodType): Meta {
  const layers: (Meta | undefined)[] = [];
  for (let current: z.ZodType | undefined = schema; current !== undefined; current = innerOf(current))
    layers.unshift(z.globalRegistry.get(current));
  return Object.assign({}, ...layers);
}

export function shapeOf(schema: z.ZodType): Shape {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    const open = inner.def.catchall !== undefined && !(inner.def.catchall instanceof z.ZodNever);
    return { kind: "object", properties: inner.shape, open };
  }
  if (inner instanceof z.ZodArray) return { kind: "list", item: schemaOf(inner.element) };
  if (inner instanceof z.ZodRecord) return { kind: "record", value: schemaOf(inner.valueType) };
  if (inner instanceof z.ZodUnion) return { kind: "union", options: inner.options.map(schemaOf) };
  if (inner instanceof z.ZodString || inner instanceof z.ZodEnum || inner instanceof z.ZodStringFormat)
    return { kind: "text" };
  if (inner instanceof z.ZodNumber || inner instanceof z.ZodNumberFormat) return { kind: "number" };
  if (inner instanceof z.ZodBoolean) return { kind: "boolean" };
  return { kind: "other" };
}

function innerOf(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodPipe) return schemaOf(schema.in);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodCatch
  )
    return schemaOf(schema.def.innerType);
  if (schema instanceof z.ZodLazy) return schemaOf(schema.def.getter());
  return undefined;
}

/** The full schema behind zod's core interface; every schema made with zod's own functions is one. */
export function schemaOf(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new TypeError("A property schema was not made with zod");
}
