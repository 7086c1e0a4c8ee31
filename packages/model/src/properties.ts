import { z } from "zod";
import { parseDuration } from "./duration.ts";

/**
 * Builders for properties of tasks and triggers. "Dynamic" values may be, or contain, an expression that is rendered
 * when the task runs; everything else is taken literally.
 */
declare module "zod" {
  interface GlobalMeta {
    /** The value is rendered at run time; `typed` tells whether the rendered text is then converted to the inner schema. */
    dynamic?: "text" | "typed" | "deep";
    /** Never logged or shown. */
    secret?: boolean;
    /** Property name that replaces this one. */
    deprecated?: boolean;
  }
}

/** Text that may contain expressions. Scalars written without quotes (`format: 1`) are accepted as their text. */
export function text() {
  return z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]).meta({ dynamic: "text" });
}

/** Like `text`, masked everywhere. */
export function secret() {
  return z.string().meta({ dynamic: "text", secret: true });
}

/** A value of the inner schema, or an expression that renders to one. */
export function dynamic<Inner extends z.ZodType>(inner: Inner) {
  return z
    .union([inner, z.string().regex(/\{[{%]/, { abort: true })])
    .meta({ dynamic: "typed" }) as unknown as z.ZodType<z.output<Inner>>;
}

/** Any JSON; keys and string values are rendered at every depth. */
export function deep() {
  return z.unknown().meta({ dynamic: "deep" });
}

/** A map whose keys and string values are rendered at every depth, or an expression that renders to such a map. */
export function dynamicMap() {
  return z.union([z.record(z.string(), z.unknown()), z.string()]).meta({ dynamic: "deep" });
}

/** How a property that holds tasks is written: a list, one task, a map of lists, or the list of a Dag. */
export type ChildrenShape = "tasks" | "task" | "cases" | "dag";

declare module "zod" {
  interface GlobalMeta {
    /** The property holds tasks; the checker reads them into `Task.lists`. */
    children?: ChildrenShape;
    /** A list of tasks that must hold at least one: `named` words the message with the property's name. */
    notEmpty?: "plain" | "named";
    /** The property holds input definitions, as those of a flow. */
    inputs?: boolean;
    /** The property holds conditions: a list, or a map by name. */
    conditions?: "list" | "map";
    /** This name is only accepted; the value moves to the property named here. */
    renamedTo?: string;
    /** Expressions inside are rendered in the context of another execution, so what they read can't be checked here. */
    foreignContext?: boolean;
  }
}

/** A property that holds child tasks. */
export function children(shape: ChildrenShape, notEmpty?: "plain" | "named") {
  const schema =
    shape === "task" ? z.unknown() : shape === "cases" ? z.record(z.string(), z.unknown()) : z.array(z.unknown());
  return schema.optional().meta(notEmpty === undefined ? { children: shape } : { children: shape, notEmpty });
}

/** A property that holds conditions: `{type, …}` each. */
export function conditions(shape: "list" | "map") {
  const schema = shape === "list" ? z.array(z.unknown()) : z.record(z.string(), z.unknown());
  return schema.meta({ conditions: shape });
}

/** An ISO-8601 duration, or an expression that renders to one. */
export function duration() {
  return z
    .string()
    .refine((value) => value.includes("{{") || parseDuration(value) !== undefined, {
      params: { isDuration: true },
      error: ({ input }) => `is no ISO-8601 duration such as PT30S, PT15M or P1D: "${String(input)}"`,
    })
    .meta({ dynamic: "text" });
}
