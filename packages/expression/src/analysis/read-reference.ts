import { memberOf } from "../evaluation/access.ts";
import type { Scope } from "../scope.ts";
import { BoxedFloat } from "../values/boxed-float.ts";
import { isList, isMap, mapKeys, toArray } from "../values/maps.ts";
import { toText } from "../values/text.ts";
import type { Reference } from "./visit-expression.ts";

/** What stands where a reference leads. */
export interface ReadValue {
  /** The keys from the root on, as far as they are known before an expression runs, joined by dots. */
  readonly path: string;
  /** `text` is one as it is; of `size` only how large it is, such as a list; `plain` is anything else, as it is printed. */
  readonly kind: "text" | "plain" | "size";
  readonly text: string;
}

/**
 * Reads what a reference of an analysed source names, without running the source. Undefined for what has to be waited for, or
 * can't be read.
 */
export function readReference({ path }: Pick<Reference, "path">, scope: Scope): ReadValue | undefined {
  const end = path.indexOf(null);
  const keys = (end === -1 ? path : path.slice(0, end)).map(String);
  const [root = "", ...rest] = keys;
  try {
    const value = rest.reduce<unknown>((target, key) => memberOf(target, key), scope.get(root));
    return { path: keys.join("."), ...shownOf(value) };
  } catch {
    return undefined;
  }
}

function shownOf(value: unknown): Omit<ReadValue, "path"> {
  if (value === undefined) return { kind: "size", text: "not defined" };
  if (value === null) return { kind: "plain", text: "null" };
  if (typeof value === "string") return { kind: "text", text: value };
  if (isList(value)) return { kind: "size", text: `a list of ${toArray(value).length}` };
  const isPlain = typeof value !== "object" || value instanceof BoxedFloat || !isMap(value);
  return isPlain ? { kind: "plain", text: toText(value) } : { kind: "size", text: `a map of ${mapKeys(value).length}` };
}
