import { ExpressionError } from "../errors.ts";
import { JQ_DEPTH_MAX } from "../limits.ts";
import type { Jq } from "./ast.ts";
import { JqError } from "./errors.ts";

/** A value on its way through the program, with its path from the input where paths are asked for. */
export interface Cell {
  readonly value: unknown;
  /** `undefined`: nobody asks. `null`: the value has no place in the input. */
  readonly path: readonly unknown[] | null | undefined;
}

/** What is bound around a part of a program, innermost first. */
export interface JqScope {
  readonly binding: JqBinding | null;
  /** Function calls around it. */
  readonly depth: number;
}

export type JqBinding = { readonly next: JqBinding | null; readonly name: string } & (
  | { readonly kind: "variable"; readonly value: unknown }
  | { readonly kind: "function"; readonly parameters: readonly string[]; readonly body: Jq }
  | { readonly kind: "closure"; readonly closure: Closure }
  | { readonly kind: "label"; readonly label: object }
);

/** A part of a program with its scope: an argument of a call. */
export interface Closure {
  readonly body: Jq;
  readonly scope: JqScope;
}

/** The surroundings of one run. */
export interface JqContext {
  spend(steps: number): void;
  readonly charactersMax: number;
  /** Functions written in jq itself, by `name/arity`. */
  readonly definitions: ReadonlyMap<string, JqBinding & { kind: "function" }>;
  readonly natives: ReadonlyMap<string, Native>;
  evaluate(body: Jq, scope: JqScope, input: Cell): Iterable<Cell>;
}

/** A function written in TypeScript. */
export type Native = (input: Cell, given: readonly Closure[], context: JqContext) => Iterable<Cell>;

export const EMPTY_SCOPE: JqScope = { binding: null, depth: 0 };

export function bindVariable(scope: JqScope, name: string, value: unknown): JqScope {
  return { binding: { kind: "variable", name, value, next: scope.binding }, depth: scope.depth };
}

/** One call deeper. Throws a LIMIT error when calls are nested too deeply. */
export function deeper(depth: number): number {
  if (depth >= JQ_DEPTH_MAX) {
    throw new ExpressionError("LIMIT", `The jq program calls itself more than ${JQ_DEPTH_MAX} levels deep`);
  }
  return depth + 1;
}

/** A result that was computed, so it has no place in the input. */
export function computed(value: unknown, input: Cell): Cell {
  return { value, path: input.path === undefined ? undefined : null };
}

/** The cell behind a key of another one. */
export function inside(cell: Cell, key: unknown, value: unknown): Cell {
  return { value, path: cell.path === undefined ? undefined : [...pathOf(cell), key] };
}

/** The path of a cell; an error when the value has no place in the input. */
export function pathOf(cell: Cell): readonly unknown[] {
  if (cell.path === undefined || cell.path === null) throw new JqError("Invalid path expression with a computed value");
  return cell.path;
}

/** The values that an argument evaluates to; their paths don't matter. */
export function* valuesOf(closure: Closure, value: unknown, context: JqContext): Iterable<unknown> {
  for (const cell of context.evaluate(closure.body, closure.scope, { value, path: undefined })) yield cell.value;
}

/** The paths that an argument names within a value. */
export function* pathsOf(closure: Closure, value: unknown, context: JqContext): Iterable<readonly unknown[]> {
  for (const cell of context.evaluate(closure.body, closure.scope, { value, path: [] })) yield pathOf(cell);
}
