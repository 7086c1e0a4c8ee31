import type { Expression, Invocation, Node } from "../syntax/ast.ts";
import type { Runtime } from "./runtime.ts";

/** A compiled expression. */
export type Evaluate<T = unknown> = (runtime: Runtime) => T;

/** A compiled node or body: writes to the runtime's output. */
export type Execute = Evaluate<void>;

/** Turns the nodes of one template into closures. */
export interface Compiler {
  readonly source: string;
  /** The value; anything not defined is an error. */
  expression(node: Expression): Evaluate;
  /** The value; `undefined` instead of an error where a variable, key or index isn't there. */
  lookup(node: Expression): Evaluate;
  /** A filter on an input compiled already. */
  filter(filter: Invocation, input: Evaluate): Evaluate;
  body(nodes: readonly Node[]): Execute;
}
