import { checkDepth, isList, isMap, mapGet, mapKeys, toArray } from "./maps.ts";
import { compareNumbers, isNumeric } from "./numbers.ts";
import { isTemporal, temporalText } from "./temporal.ts";

/** Equality of the language: numbers by value, maps and lists by content, nothing across types (`1 == "1"` is false). */
export function isEqual(left: unknown, right: unknown, depth = 0): boolean {
  if (left === right) return true;
  if (left === null || left === undefined) return right === null || right === undefined;
  if (isNumeric(left)) return isNumeric(right) && compareNumbers(left, right) === 0;
  if (typeof left !== "object" || typeof right !== "object" || right === null) return false;
  checkDepth(depth);
  if (isTemporal(left)) return isTemporal(right) && temporalText(left) === temporalText(right);
  if (isList(left)) {
    if (!isList(right)) return false;
    const [a, b] = [toArray(left), toArray(right)];
    return a.length === b.length && a.every((element, index) => isEqual(element, b[index], depth + 1));
  }
  if (!isMap(left) || !isMap(right)) return false;
  const keys = mapKeys(left);
  const other = right;
  const own = left;
  return (
    keys.length === mapKeys(other).length &&
    keys.every((key) => {
      const value = mapGet(other, key);
      return value !== undefined && isEqual(mapGet(own, key), value, depth + 1);
    })
  );
}
