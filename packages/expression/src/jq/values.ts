import { isMap, mapOf } from "../values/maps.ts";
import { JqError } from "./errors.ts";

export type JqObject = Record<string, unknown>;

export type JqType = "null" | "boolean" | "number" | "string" | "array" | "object";

const ORDER: readonly JqType[] = ["null", "boolean", "number", "string", "array", "object"];

export function typeOf(value: unknown): JqType {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "number":
    case "bigint":
      return "number";
    case "string":
      return "string";
    default:
      return "object";
  }
}

export function isObject(value: unknown): value is JqObject {
  return typeOf(value) === "object" && isMap(value);
}

/** False and null are false, everything else is true. */
export function isTruthy(value: unknown): boolean {
  return value !== false && value !== null && value !== undefined;
}

/** The order of jq: null, false, true, numbers, texts by code point, arrays, objects. */
export function compareJq(left: unknown, right: unknown): number {
  if (typeof left === "string" && typeof right === "string") return compareTexts(left, right);
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right);
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  if (Array.isArray(left) && Array.isArray(right)) return compareArrays(left, right);
  if (isObject(left) && isObject(right)) return compareObjects(left, right);
  return ORDER.indexOf(typeOf(left)) - ORDER.indexOf(typeOf(right));
}

export function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

export function isEqualJq(left: unknown, right: unknown): boolean {
  return compareJq(left, right) === 0;
}

// NaN is less than any number, itself included.
function compareNumbers(left: number | bigint, right: number | bigint): number {
  if (Number.isNaN(left)) return -1;
  if (left < right) return -1;
  return left > right ? 1 : Number.isNaN(right) ? 1 : 0;
}

function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  const a = Array.from(left);
  const b = Array.from(right);
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const difference = a[index]!.codePointAt(0)! - b[index]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareArrays(left: readonly unknown[], right: readonly unknown[]): number {
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = compareJq(left[index], right[index]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compareObjects(left: JqObject, right: JqObject): number {
  const keys = sortedKeys(left);
  const difference = compareArrays(keys, sortedKeys(right));
  if (difference !== 0) return difference;
  return compareArrays(
    keys.map((key) => left[key]),
    keys.map((key) => right[key]),
  );
}

export function sortedKeys(object: JqObject): string[] {
  return Object.keys(object).toSorted(compareTexts);
}

/** JSON text as jq writes it: NaN is null, an infinite number the greatest finite one. */
export function jqJson(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (isNumber(value)) return numberText(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  if (Array.isArray(value)) return `[${value.map((element) => jqJson(element)).join(",")}]`;
  if (!isObject(value)) return "null";
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}:${jqJson(entry)}`);
  return `{${entries.join(",")}}`;
}

/** Texts as they are, everything else as JSON. */
export function jqText(value: unknown): string {
  return typeof value === "string" ? value : jqJson(value);
}

function numberText(value: number | bigint): string {
  if (typeof value === "bigint") return value.toString();
  if (Number.isNaN(value)) return "null";
  if (!Number.isFinite(value)) return value > 0 ? "1.7976931348623157e+308" : "-1.7976931348623157e+308";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A value in an error text: its type and a short form of it. */
export function shown(value: unknown): string {
  const text = jqJson(value);
  return `${typeOf(value)} (${text.length > 11 ? `${text.slice(0, 10)}...` : text})`;
}

/** Two objects in one; inner objects too when `isDeep`. */
export function mergeObjects(left: JqObject, right: JqObject, isDeep: boolean): JqObject {
  const entries = new Map(Object.entries(left));
  for (const [key, value] of Object.entries(right)) {
    const known = entries.get(key);
    entries.set(key, isDeep && isObject(known) && isObject(value) ? mergeObjects(known, value, true) : value);
  }
  return mapOf(entries);
}

export function expectArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new JqError(`${shown(value)} ${what}`);
}

export function expectText(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw new JqError(`${shown(value)} ${what}`);
}

export function expectNumber(value: unknown, what: string): number {
  if (isNumber(value)) return Number(value);
  throw new JqError(`${shown(value)} ${what}`);
}
