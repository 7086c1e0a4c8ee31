import { z } from "zod";
import { innerOfTyped, isLeftAlone, marksOf, unwrapped } from "./schema-walk.ts";

/**
 * The schema that rendered values obey: where the original accepts "a value or an expression", this one accepts the value
 * only. Refinements, transforms and defaults are kept. A part without expressions is the same schema object.
 */
export function renderedSchema(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodLazy) return z.lazy(() => renderedSchema(schema.def.getter() as z.ZodType));
  if (schema instanceof z.ZodPipe) {
    const inner = renderedSchema(schema.in as z.ZodType);
    return inner === schema.in ? schema : copy(schema, { in: inner });
  }
  const { innerType } = schema.def as { innerType?: z.ZodType };
  if (innerType !== undefined) {
    const inner = renderedSchema(innerType);
    return inner === innerType ? schema : copy(schema, { innerType: inner });
  }
  const marks = marksOf(schema);
  if (isLeftAlone(marks)) return schema;
  if (marks.dynamic === "typed") return renderedSchema(innerOfTyped(schema));
  if (marks.dynamic === "deep") return withoutTextForm(schema);
  return renderedParts(schema);
}

function renderedParts(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<string, z.ZodType>;
    const parts = Object.entries(shape).map(([key, part]) => [key, renderedSchema(part)] as const);
    return parts.every(([key, part]) => part === shape[key])
      ? schema
      : copy(schema, { shape: Object.fromEntries(parts) });
  }
  if (schema instanceof z.ZodArray) {
    const element = renderedSchema(schema.element as z.ZodType);
    return element === schema.element ? schema : copy(schema, { element });
  }
  if (schema instanceof z.ZodRecord) {
    const valueType = renderedSchema(schema.valueType as z.ZodType);
    return valueType === schema.valueType ? schema : copy(schema, { valueType });
  }
  if (schema instanceof z.ZodUnion) {
    const options = schema.options as readonly z.ZodType[];
    const parts = options.map(renderedSchema);
    return parts.every((part, index) => part === options[index]) ? schema : copy(schema, { options: parts });
  }
  return schema;
}

/** A map or list may be written as an expression that renders to it; what has been rendered is the map or list itself. */
function withoutTextForm(schema: z.ZodType): z.ZodType {
  if (!(schema instanceof z.ZodUnion)) return schema;
  const options = schema.options as readonly z.ZodType[];
  const composite = options.filter((option) => !(unwrapped(option) instanceof z.ZodString));
  return composite.length === 0 || composite.length === options.length ? schema : copy(schema, { options: composite });
}

function copy(schema: z.ZodType, changes: Record<string, unknown>): z.ZodType {
  return schema.clone({ ...schema.def, ...changes });
}
