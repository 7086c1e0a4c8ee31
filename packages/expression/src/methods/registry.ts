import { type Arguments, tableOf } from "../evaluation/definition.ts";
import type { Runtime } from "../evaluation/runtime.ts";
import { isList, isMap, toArray } from "../values/maps.ts";
import { isNumeric } from "../values/numbers.ts";
import type { MethodDefinition } from "./definition.ts";
import { sharedMethods } from "./shared.ts";
import { textMethods } from "./text.ts";

/**
 * Methods of Java's classes that flows call on values. Those that would change a list or map in place are left out.
 */
export const methods: ReadonlyMap<string, MethodDefinition> = tableOf<MethodDefinition>(textMethods, sharedMethods);

/** Properties that texts and lists have, with the methods behind them. */
const PROPERTIES = new Map([
  ["length", "length"],
  ["size", "size"],
  ["empty", "isEmpty"],
  ["blank", "isBlank"],
  ["first", "getFirst"],
  ["last", "getLast"],
]);

const byLowerCase = new Map([...methods].map(([name, method]) => [name.toLowerCase(), method]));

/** A method by its name in any case. */
export function methodNamed(name: string): MethodDefinition | undefined {
  return byLowerCase.get(name.toLowerCase());
}

/** Calls a method; `undefined` when a value of this kind has none of the name. */
export function callMethod(method: MethodDefinition, target: unknown, given: Arguments, runtime: Runtime): unknown {
  if (isList(target)) return method.ofList?.(toArray(target), given, runtime);
  if (isMap(target)) return method.ofMap?.(target, given, runtime);
  if (typeof target === "string" && method.ofText !== undefined) return method.ofText(target, given, runtime);
  if (isNumeric(target) && method.ofNumber !== undefined) return method.ofNumber(target, given, runtime);
  const isScalar = typeof target === "string" || typeof target === "boolean" || isNumeric(target);
  return isScalar ? method.ofScalar?.(target, given, runtime) : undefined;
}

/** What `value.name` reads of a text or list, as Java's accessors are found: `list.size`, `text.empty`. */
export function propertyOf(target: unknown, name: string, runtime: Runtime): unknown {
  if (typeof target !== "string" && !isList(target)) return undefined;
  const method = PROPERTIES.get(name);
  return method === undefined ? undefined : callMethod(methods.get(method)!, target, [], runtime);
}
