import { TaskFailure } from "@capstan/sdk";
import { instantOfClock, instantText } from "../../values/date-times.ts";
import { exactNumber, floatValue } from "../../values/exact-number.ts";

/** Makes a value of what the server writes as JSON. */
type Read = (value: unknown) => unknown;

/** Time zones: of times that tell none, and that which points in time are shown in. */
export interface Clock {
  readonly server: string;
  readonly shown: string | undefined;
}

const same: Read = (value) => value;
const TYPE = /^(\w+)(?:\((.*)\))?$/su;
const WHOLE = /^U?Int\d+$/u;
const FLOAT = /^(?:B?Float)\d+$/u;

/** How values of a type such as `Array(Nullable(DateTime('UTC')))` are read. A type that is not known here stays as the server writes it. */
export function readerOf(type: string, clock: Clock): Read {
  const [, name = "", inner = ""] = TYPE.exec(type.trim()) ?? [];
  const parts = partsOf(inner);
  const orNull =
    (read: Read): Read =>
    (value) =>
      value === null ? null : read(value);
  if (WHOLE.test(name) || name.startsWith("Decimal")) return orNull((value) => exactNumber(String(value)));
  if (FLOAT.test(name)) return orNull(floatOf);
  switch (name) {
    case "Nullable":
    case "LowCardinality":
      return orNull(readerOf(inner, clock));
    case "DateTime":
    case "DateTime64":
      return orNull(timeReader(parts.find((part) => part.startsWith("'"))?.slice(1, -1), clock));
    case "Array": {
      const read = readerOf(inner, clock);
      return orNull((value) => (value as readonly unknown[]).map(read));
    }
    case "Map": {
      const read = readerOf(parts[1] ?? "", clock);
      return orNull((value) => mapValues(value, () => read));
    }
    case "Tuple":
      return orNull(tupleReader(parts, clock));
    case "SimpleAggregateFunction":
      return readerOf(parts[1] ?? "", clock);
    default:
      return same;
  }
}

/** The server writes `inf` and `nan`, as texts. */
function floatOf(value: unknown): number | string {
  const text = String(value).replace("inf", "Infinity").replace("nan", "NaN");
  return floatValue(Number(text));
}

function timeReader(zone: string | undefined, { server, shown }: Clock): Read {
  return (value) => {
    const text = String(value);
    return text.endsWith("Z") ? instantText(text, shown) : instantOfClock(text, zone ?? server, shown);
  };
}

/** Elements have names, or none: `Tuple(a Int32, b String)` is a map, `Tuple(Int32, String)` a list. */
function tupleReader(parts: readonly string[], clock: Clock): Read {
  const named = parts.map((part) => /^(?:`((?:[^`\\]|\\.)*)`|(\w+)) +(\S.*)$/su.exec(part));
  const readers = named.map((element, index) => readerOf(element?.[3] ?? parts[index]!, clock));
  const names = named.map((element) => element?.[1] ?? element?.[2]);
  return (value) =>
    Array.isArray(value)
      ? value.map((element, index) => (readers[index] ?? same)(element))
      : mapValues(value, (key) => readers[names.indexOf(key)] ?? same);
}

function mapValues(value: unknown, readerFor: (key: string) => Read): unknown {
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(entries.map(([key, element]) => [key, readerFor(key)(element)]));
}

/** What stands between the commas of a type, outside of brackets and quotes. */
function partsOf(inner: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const [token] of inner.matchAll(/'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[\s\S]/gu)) {
    if (token === "(") depth += 1;
    else if (token === ")") depth -= 1;
    if (token === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += token;
  }
  return parts.map((part) => part.trim());
}

/** The place of a value, which tells its type. */
export function placeWithType(number: number, value: unknown): string {
  return `{p${number}:${typeOf(value)}}`;
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "Nullable(Nothing)";
  if (typeof value === "boolean") return "Bool";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "Int64" : "Float64";
  if (!Array.isArray(value)) return "String";
  const types = new Set(value.filter((element) => element !== null).map(typeOf));
  if (types.size > 1)
    throw new TaskFailure(
      `A list in \`parameters\` has values of several types, ${[...types].join(" and ")}, and the database takes one: write all of them as texts.`,
    );
  const [type = "String"] = types;
  return value.includes(null) ? `Array(Nullable(${type}))` : `Array(${type})`;
}

/** A value as it is sent for its place. */
export function placeValue(value: unknown): string {
  if (value === null || value === undefined) return "\\N";
  if (Array.isArray(value)) return `[${value.map(literal).join(",")}]`;
  return escaped(typeof value === "object" ? JSON.stringify(value) : String(value));
}

function literal(value: unknown): string {
  if (value === null) return "NULL";
  if (Array.isArray(value)) return `[${value.map(literal).join(",")}]`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return `'${escaped(text).replaceAll("'", "\\'")}'`;
}

/** As in tab-separated files. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("\t", "\\t")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\0", "\\0");
}
