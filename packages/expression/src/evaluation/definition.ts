import type { Runtime } from "./runtime.ts";

/** A parameter of a filter, function or test: one definition for calls by name, static checks and the reference. */
export interface Parameter {
  readonly name: string;
  /** A call without it is an error. */
  readonly isRequired?: boolean;
  /** What stands in for it when the call leaves it out. */
  readonly fallback?: string | number | boolean | null;
  /** Takes all further positional arguments, as a list. Only the last parameter can. */
  readonly isRest?: boolean;
  readonly summary?: string;
}

/**
 * What an expression, or a template that holds a tag, prints, and the variables it reads. The reference shows it and a test
 * runs it, at the beginning of 2024 in UTC.
 */
export type Example = readonly [source: string, printed: string, variables?: Readonly<Record<string, unknown>>];

export interface Definition {
  readonly name: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  readonly example: Example;
  readonly parameters: readonly Parameter[];
  /** Why not to use it any more. */
  readonly deprecated?: string;
}

/** Arguments in the order of the parameters; `undefined` where the call gives none and there is no fallback. */
export type Arguments = readonly unknown[];

export interface FilterDefinition extends Definition {
  /** Whether it is called for null; otherwise null stays null. */
  readonly takesNull?: boolean;
  /** Whether it is called with `undefined` where its input is not defined, instead of an error. */
  readonly takesUndefined?: boolean;
  apply(input: unknown, given: Arguments, runtime: Runtime): unknown;
}

export interface FunctionDefinition extends Definition {
  call(given: Arguments, runtime: Runtime): unknown;
}

export interface TestDefinition extends Definition {
  /** Whether it is asked with `undefined` where its operand is not defined or fails, instead of an error. */
  readonly takesUndefined?: boolean;
  holds(value: unknown): boolean;
}

/** A parameter without which the call is an error. */
export function required(name: string, summary?: string): Parameter {
  return { name, isRequired: true, ...(summary === undefined ? {} : { summary }) };
}

/** A parameter that may be left out. */
export function optional(name: string, fallback?: string | number | boolean | null, summary?: string): Parameter {
  return {
    name,
    ...(fallback === undefined ? {} : { fallback }),
    ...(summary === undefined ? {} : { summary }),
  };
}

/** A table by name. Two definitions of one name are a mistake of ours. */
export function tableOf<D extends Definition>(...families: readonly (readonly D[])[]): ReadonlyMap<string, D> {
  const table = new Map<string, D>();
  for (const definition of families.flat()) {
    if (table.has(definition.name)) throw new Error(`"${definition.name}" is defined twice`);
    table.set(definition.name, definition);
  }
  return table;
}
