import { checkDepth, isList, isMap, mapGet, mapKeys, toArray } from "./maps.ts";
import { compareNumbers, isNumeric } from "./numbers.ts";
import { isTemporal, temporalText } from "./temporal.ts";

/**
 * Equality of the language: numbers by value, maps and lists by content, nothing across types (`1 == "1"` is false). `spend` is
 * told of elements that are compared, and may throw.
 */
export function isEqual(left: unknown, right: unknown, spend: (steps: number) => void, depth = 0): boolean {
  if (left === right) return true;
  if (left === null || left === undefined) return right === null || right === undefined;
  if (isNumeric(left)) return isNumeric(right) && compareNumbers(left, right) === 0;
  if (typeof left !== "object" || typeof right !== "object" || right === null) return false;
  checkDepth(depth);
  if (isTemporal(left)) return isTemporal(right) && temporalText(left) === temporalText(right);
  if (isList(left)) {
    if (!isList(right)) return false;
    const [a, b] = [toArray(left), toArray(right)];
    if (a.length !== b.length) return false;
    spend(a.length);
    return a.every((element, index) => isEqual(element, b[index], spend, depth + 1));
  }
  if (!isMap(left) || !isMap(right)) return false;
  const keys = mapKeys(left);
  const other = right;
  const own = left;
  spend(keys.length);
  return (
    keys.length === mapKeys(other).length &&
    keys.every((key) => {
      const value = mapGet(other, key);
      return value !== undefined && isEqual(mapGet(own, key), value, spend, depth + 1);
    })
  );
}
