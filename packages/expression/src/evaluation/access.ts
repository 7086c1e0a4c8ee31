import { LazyMap } from "../scope.ts";
import { isList, isMap, mapGet, toArray } from "../values/maps.ts";
import { BoxedFloat } from "../values/boxed-float.ts";
import { isInteger } from "../values/numbers.ts";
import { toText } from "../values/text.ts";

/** The value behind a text key of a map or an index of a list; `undefined` when there is none. */
export function memberOf(target: unknown, key: string): unknown {
  if (typeof target !== "object" || target === null) return undefined;
  if (Array.isArray(target)) return elementAt(target, key);
  if (target instanceof LazyMap || target instanceof Map) return target.get(key);
  return target instanceof BoxedFloat ? undefined : ownProperty(target, key);
}

/** As `memberOf`, for a key computed at run time. A number is no key of a map. */
export function memberByValue(target: unknown, key: unknown): unknown {
  if (typeof key === "string") return memberOf(target, key);
  if (isList(target)) return isInteger(key) ? elementAt(toArray(target), key.toString()) : undefined;
  if (target instanceof Map) return target.get(key) as unknown;
  return isMap(target) && typeof key === "boolean" ? mapGet(target, toText(key)) : undefined;
}

function elementAt(list: readonly unknown[], index: string): unknown {
  return /^\d{1,15}$/u.test(index) ? list[Number(index)] : undefined;
}

function ownProperty(target: object, key: string): unknown {
  return Object.hasOwn(target, key) ? Reflect.get(target, key) : undefined;
}
