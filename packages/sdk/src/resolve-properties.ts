import type { JsonMap } from "@capstan/model";
import type { z } from "zod";
import { compileObject, type PropertyRenderer, type Resolver } from "./properties/compile-resolver.ts";
import { noProblems, reportIssue } from "./properties/problems.ts";
import { renderedSchema } from "./properties/rendered-schema.ts";
import { marksOf, unwrapped } from "./properties/schema-walk.ts";

export type { PropertyRenderer } from "./properties/compile-resolver.ts";

/** Rendered, converted and checked properties; or what is wrong with them, one line per problem. */
export type ResolvedProperties<Schema extends z.ZodObject> =
  | { readonly properties: z.output<Schema> }
  | { readonly error: string };

/**
 * Renders the properties of a task as its schema marks them, converts what expressions rendered to, and checks the whole.
 * Static values are left as they are. Whatever the renderer throws passes through.
 */
export function resolveProperties<Schema extends z.ZodObject>(
  schema: Schema,
  raw: JsonMap,
  renderer: PropertyRenderer,
): ResolvedProperties<Schema> {
  const compiled = compiledFor(schema);
  const problems = noProblems();
  const rendered = compiled.resolve(raw, [], { renderer, problems });
  if (problems.texts.length > 0) return { error: problems.texts.join("\n") };
  const result = compiled.schema.safeParse(rendered);
  if (result.success) return { properties: result.data as z.output<Schema> };
  for (const issue of result.error.issues) reportIssue(problems, issue, rendered, isSecret(schema, issue.path));
  return { error: problems.texts.join("\n") };
}

interface Compiled {
  readonly resolve: Resolver;
  readonly schema: z.ZodType;
}

/** The walk over a schema is made once; schemas are never changed after their definition. */
const compiledSchemas = new WeakMap<z.ZodObject, Compiled>();

function compiledFor(schema: z.ZodObject): Compiled {
  const known = compiledSchemas.get(schema);
  if (known !== undefined) return known;
  const compiled = { resolve: compileObject(schema, false), schema: renderedSchema(schema) };
  compiledSchemas.set(schema, compiled);
  return compiled;
}

/** Whether a secret mark stands anywhere on the way to a value; what can't be followed counts by its nearest parent. */
function isSecret(schema: z.ZodType, path: readonly PropertyKey[]): boolean {
  let current: z.ZodType | undefined = schema;
  for (const step of path) {
    if (current === undefined) return false;
    if (marksOf(current).secret === true) return true;
    current = partOf(unwrapped(current), step);
  }
  return current !== undefined && marksOf(current).secret === true;
}

function partOf(schema: z.ZodType, step: PropertyKey): z.ZodType | undefined {
  const { shape, element, valueType, options } = schema.def as {
    shape?: Record<PropertyKey, z.ZodType>;
    element?: z.ZodType;
    valueType?: z.ZodType;
    options?: readonly z.ZodType[];
  };
  if (shape !== undefined) return Object.hasOwn(shape, step) ? shape[step] : undefined;
  for (const option of options ?? []) {
    const part = partOf(unwrapped(option), step);
    if (part !== undefined) return part;
  }
  return element ?? valueType;
}
