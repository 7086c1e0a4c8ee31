import { put } from "../values/maps.ts";
import { JqError } from "./errors.ts";
import { compareJq, isEqualJq, isObject, shown, typeOf } from "./values.ts";

/** `{"start": 1, "end": 2}`: a slice as a path element. */
export interface JqSlice {
  readonly start: number | null;
  readonly end: number | null;
}

/** The value behind a key, index, slice or, for an array, the places of a sub-array. */
export function indexInto(target: unknown, key: unknown): unknown {
  if (typeof key === "string") {
    if (target === null) return null;
    if (isObject(target)) return Object.hasOwn(target, key) ? (target[key] ?? null) : null;
    throw new JqError(`Cannot index ${typeOf(target)} with "${key}"`);
  }
  if (typeof key === "number" || typeof key === "bigint") {
    if (target === null) return null;
    if (Array.isArray(target)) return elementAt(target, Number(key));
    throw new JqError(`Cannot index ${typeOf(target)} with number`);
  }
  if (isObject(key)) return sliceOf(target, sliceKey(key));
  if (Array.isArray(key) && Array.isArray(target)) return placesOf(target, key);
  if (target === null && key === null) return null;
  throw new JqError(`Cannot index ${typeOf(target)} with ${typeOf(key)}`);
}

function elementAt(list: readonly unknown[], position: number): unknown {
  const index = Math.floor(position);
  return list[index < 0 ? list.length + index : index] ?? null;
}

/** Every index at which `part` begins in `list`. */
export function placesOf(list: readonly unknown[], part: readonly unknown[]): number[] {
  if (part.length === 0) return [];
  return list.flatMap((_, start) =>
    part.every((element, offset) => start + offset < list.length && isEqualJq(list[start + offset], element))
      ? [start]
      : [],
  );
}

function sliceKey(key: Record<string, unknown>): JqSlice {
  const bound = (value: unknown): number | null => {
    if (value === null || value === undefined) return null;
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
    throw new JqError("Start and end indices of an array slice must be numbers");
  };
  return { start: bound(key["start"]), end: bound(key["end"]) };
}

function sliceBounds(slice: JqSlice, length: number): [number, number] {
  const clamp = (value: number): number => Math.min(Math.max(value < 0 ? value + length : value, 0), length);
  const start = clamp(Math.floor(slice.start ?? 0));
  return [start, Math.max(start, clamp(Math.ceil(slice.end ?? length)))];
}

export function sliceOf(target: unknown, slice: JqSlice): unknown {
  if (target === null) return null;
  if (Array.isArray(target)) return target.slice(...sliceBounds(slice, target.length));
  if (typeof target === "string") {
    const characters = Array.from(target);
    return characters.slice(...sliceBounds(slice, characters.length)).join("");
  }
  throw new JqError(`Cannot index ${typeOf(target)} with object`);
}

/** The value at a path; null where the way ends in null. */
export function getPath(value: unknown, path: readonly unknown[]): unknown {
  let current = value;
  for (const key of path) {
    if (current === null) return null;
    current = indexInto(current, key);
  }
  return current;
}

/** A copy of a value with another one at a path. */
export function setPath(value: unknown, path: readonly unknown[], replacement: unknown): unknown {
  return updatePath(value, path, 0, () => replacement);
}

/** A copy of a value with the one at a path replaced by what `change` makes of it. */
export function updatePath(
  value: unknown,
  path: readonly unknown[],
  position: number,
  change: (old: unknown) => unknown,
): unknown {
  if (position === path.length) return change(value);
  const key = path[position];
  const inner = (old: unknown): unknown => updatePath(old, path, position + 1, change);
  if (typeof key === "string") {
    if (value !== null && !isObject(value)) throw new JqError(`Cannot index ${typeOf(value)} with "${key}"`);
    const copy = { ...value };
    put(copy, key, inner(indexInto(value, key)));
    return copy;
  }
  if (typeof key === "number" || typeof key === "bigint") return withElement(value, Number(key), inner);
  if (isObject(key)) return withSlice(value, sliceKey(key), inner);
  throw new JqError(`Cannot update field at ${typeOf(key)} index of ${typeOf(value)}`);
}

const ARRAY_INDEX_MAX = 1_000_000;

function withElement(value: unknown, position: number, inner: (old: unknown) => unknown): unknown[] {
  if (value !== null && !Array.isArray(value)) throw new JqError(`Cannot index ${typeOf(value)} with number`);
  const copy: unknown[] = [...(value ?? [])];
  const index = position < 0 ? copy.length + Math.floor(position) : Math.floor(position);
  if (index < 0) throw new JqError("Out of bounds negative array index");
  if (index > ARRAY_INDEX_MAX) throw new JqError("Array index too large");
  const replacement = inner(copy[index] ?? null);
  while (copy.length < index) copy.push(null);
  copy[index] = replacement;
  return copy;
}

function withSlice(value: unknown, slice: JqSlice, inner: (old: unknown) => unknown): unknown[] {
  if (value !== null && !Array.isArray(value))
    throw new JqError(`Cannot update field at object index of ${typeOf(value)}`);
  const list: readonly unknown[] = value ?? [];
  const replacement = inner(value === null ? null : sliceOf(list, slice));
  if (!Array.isArray(replacement)) throw new JqError("A slice of an array can only be assigned another array");
  const [start, end] = sliceBounds(slice, list.length);
  return [...list.slice(0, start), ...(replacement as unknown[]), ...list.slice(end)];
}

/** A copy of a value without what is at the paths. */
export function deletePaths(value: unknown, paths: readonly (readonly unknown[])[]): unknown {
  const longestFirst = paths.toSorted((left, right) => compareJq(right, left));
  let result = value;
  for (const path of longestFirst) result = deletePath(result, path);
  return result;
}

function deletePath(value: unknown, path: readonly unknown[]): unknown {
  const key = path.at(-1);
  if (key === undefined || value === null) return null;
  const parents = path.slice(0, -1);
  if (getPath(value, parents) === null) return value;
  return updatePath(value, parents, 0, (parent) => withoutKey(parent, key));
}

function withoutKey(parent: unknown, key: unknown): unknown {
  if (parent === null) return null;
  if (typeof key === "string") {
    if (!isObject(parent)) throw new JqError(`Cannot delete field at object index of ${typeOf(parent)}`);
    return Object.fromEntries(Object.entries(parent).filter(([name]) => name !== key));
  }
  if (!Array.isArray(parent)) throw new JqError(`Cannot delete field at array index of ${shown(parent)}`);
  if (isObject(key)) {
    const [start, end] = sliceBounds(sliceKey(key), parent.length);
    return [...(parent.slice(0, start) as unknown[]), ...(parent.slice(end) as unknown[])];
  }
  if (typeof key !== "number") throw new JqError(`Cannot delete field at ${typeOf(key)} index of array`);
  const index = key < 0 ? parent.length + key : key;
  return parent.filter((_, position) => position !== index);
}
