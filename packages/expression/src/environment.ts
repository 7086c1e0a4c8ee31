import type { Limits } from "./limits.ts";
import type { Scope } from "./scope.ts";
import type { Memo } from "./suspension.ts";

/** Everything impure an expression may use comes from here. */
export interface Environment {
  /** Epoch milliseconds. */
  now(): number;
  /** A number in [0,1). */
  random(): number;
  /** IANA id of the server's time zone. */
  timeZone: string;
  /** Functions of the host (kv, secret, read, http, …); they go before built-in ones of the same name. */
  functions?: FunctionTable;
  /** What the host's functions work with; they find it in their context. Expressions don't look into it. */
  host?: unknown;
  /** Bounds that differ from `LIMITS`. */
  limits?: Partial<Limits>;
  /** Results of the asynchronous calls of this evaluation; `settle` provides it. */
  memo?: Memo;
}

/** What a host function is told beside its arguments. */
export interface CallContext {
  readonly environment: Environment;
  /** The scope that the template is rendered with, without the template's own variables. */
  readonly scope: Scope;
  /** Source of the template that calls. */
  readonly source: string;
}

export interface HostFunction {
  /** Names in the order of positional arguments. */
  readonly parameters: readonly string[];
  /** Gets the arguments given, by name. Returns a value, or a promise: then the evaluation is suspended. */
  call(args: Record<string, unknown>, context: CallContext): unknown;
}

export type FunctionTable = Readonly<Record<string, HostFunction>>;
