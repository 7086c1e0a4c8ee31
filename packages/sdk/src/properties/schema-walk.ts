import { z } from "zod";

export type Marks = z.core.GlobalMeta;

/** The schema directly inside a wrapper (`optional`, `default`, a transform, …), or undefined. */
export function wrappedBy(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodPipe) return schema.in as z.ZodType;
  if (schema instanceof z.ZodLazy) return schema.def.getter() as z.ZodType;
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodCatch
  )
    return schema.def.innerType as z.ZodType;
  return undefined;
}

/** The schema behind all wrappers. */
export function unwrapped(schema: z.ZodType): z.ZodType {
  let current = schema;
  for (let inner = wrappedBy(current); inner !== undefined; inner = wrappedBy(current)) current = inner;
  return current;
}

/** What `.meta()` says on the way to the inner schema; the outermost word wins. */
export function marksOf(schema: z.ZodType): Marks {
  const inner = wrappedBy(schema);
  return { ...(inner === undefined ? undefined : marksOf(inner)), ...z.globalRegistry.get(schema) };
}

/** Whether the value is never touched by rendering: lists of tasks, or text that the task renders by itself. */
export function isLeftAlone(marks: Marks): boolean {
  return (
    marks.foreignContext === true ||
    marks.renderedByTask === true ||
    marks.children !== undefined ||
    marks.conditions !== undefined ||
    marks.inputs === true
  );
}

/** The schema that `dynamic(inner)` was made of. */
export function innerOfTyped(schema: z.ZodType): z.ZodType {
  const union = unwrapped(schema);
  return union instanceof z.ZodUnion ? (union.options[0] as z.ZodType) : union;
}
