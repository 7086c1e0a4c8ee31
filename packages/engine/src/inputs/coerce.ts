import { compile, type Environment, ExpressionError, scopeOf } from "@capstan/expression";
import {
  formatDuration,
  type InputType,
  type JsonMap,
  type JsonValue,
  parseDuration,
  parseJsonValue,
  withLongDigits,
} from "@capstan/model";

/** A value of an input's type, or why there is none: a part of a sentence, as in "Invalid input for `id`, <reason>". */
export type Coerced = { readonly value: JsonValue } | { readonly reason: string };

export interface Coercion {
  readonly type: InputType;
  /** Type of the elements of a list. */
  readonly itemType?: InputType | undefined;
  /** Schemes of FILE addresses that the sender may name. */
  readonly fileSchemes: readonly string[];
  readonly environment: Environment;
}

/** Makes a given value one of the input's type, as it appears under `inputs`: JSON, with dates and durations as ISO text. */
export function coerce(given: unknown, coercion: Coercion): Coerced {
  const value = plain(given);
  if (coercion.type === "ARRAY") return coerceArray(value, coercion);
  if (coercion.type === "MULTISELECT")
    return coerceArray(value, { ...coercion, itemType: coercion.itemType ?? "STRING" });
  // The inputs of a Pause are read as they were written, so their types may be anything.
  if (!Object.hasOwn(COERCIONS, coercion.type)) return { reason: `its type \`${coercion.type}\` is not known` };
  const result = COERCIONS[coercion.type](value, coercion);
  return result === undefined ? { reason: expected(coercion.type, value) } : { value: result };
}

/** Whether a text is what nothing rendered to, and no value of its type. */
export function isNothing(value: unknown, type: InputType): boolean {
  return value === "" && !TAKES_EMPTY.has(type);
}

const TAKES_EMPTY: ReadonlySet<InputType> = new Set<InputType>(["STRING", "SECRET", "EMAIL", "SELECT"]);

/** How a value is shown in messages. */
export function shown(value: unknown): string {
  const json = plain(value);
  return typeof json === "string" ? json : JSON.stringify(json);
}

export function expected(type: InputType, value: unknown): string {
  return `Expected \`${type}\` but received \`${shown(value)}\``;
}

/** Undefined stands for "can't be coerced". */
type Coerce = (value: JsonValue, coercion: Coercion) => JsonValue | undefined;

const COERCIONS: Readonly<Record<Exclude<InputType, "ARRAY" | "MULTISELECT">, Coerce>> = {
  // What their fields are is told to `coerceRecords` only.
  OBJECT: (value) => recordIn(typeof value === "string" ? parseJson(value) : value),
  TABLE: (value) => {
    const rows = typeof value === "string" ? parseJson(value) : value;
    return Array.isArray(rows) && rows.every((row) => recordIn(row as JsonValue) !== undefined) ? rows : undefined;
  },
  STRING: (value) => shown(value),
  SECRET: (value) => shown(value),
  SELECT: (value) => shown(value),
  EMAIL: (value) => scalarText(value),
  INT: (value) => toInteger(value),
  FLOAT: (value) => toFloat(value),
  BOOL: (value) => toBoolean(value),
  DATETIME: (value) => fromText(value, (text) => javaFraction(Temporal.Instant.from(text).toString())),
  DATE: (value) => fromText(value, (text) => (DATE.test(text) ? Temporal.PlainDate.from(text).toString() : undefined)),
  TIME: (value) =>
    fromText(value, (text) => (TIME.test(text) ? javaFraction(Temporal.PlainTime.from(text).toString()) : undefined)),
  DURATION: (value) => {
    const milliseconds = typeof value === "string" ? parseDuration(value) : undefined;
    return milliseconds === undefined ? undefined : formatDuration(milliseconds);
  },
  FILE: (value, { fileSchemes }) => {
    const scheme = typeof value === "string" ? SCHEME.exec(value)?.[1]?.toLowerCase() : undefined;
    return scheme !== undefined && fileSchemes.includes(scheme) ? value : undefined;
  },
  URI: (value) => (typeof value === "string" && isUri(value) ? value : undefined),
  JSON: (value) => (typeof value === "string" ? parseJson(value) : value),
  YAML: (value, { environment }) => (typeof value === "string" ? parseBy(YAML, value, environment) : value),
  ION: (value, { environment }) => (typeof value === "string" ? parseBy(ION, value, environment) : value),
};

function recordIn(value: JsonValue | undefined): JsonMap | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonMap) : undefined;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/u;
const TIME = /^\d{2}:\d{2}(?::[0-5]\d(?:\.\d{1,9})?)?$/u;
const SCHEME = /^([a-z][a-z0-9+.-]*):/iu;
const NEEDS_HOST = /^(?:https?|ftps?|sftp|ssh|wss?):(?!\/\/[^\s/])/iu;

function coerceArray(value: JsonValue, coercion: Coercion): Coerced {
  const list = typeof value === "string" ? parseJson(value) : value;
  if (!Array.isArray(list)) return { reason: expected(coercion.type, value) };
  const itemType = coercion.itemType ?? "STRING";
  const elements: JsonValue[] = [];
  for (const element of list as readonly JsonValue[]) {
    const coerced = coerce(element, { ...coercion, type: itemType, itemType: undefined });
    if ("reason" in coerced)
      return { reason: `Unable to parse array element as \`${itemType}\` on \`${shown(element)}\`` };
    elements.push(coerced.value);
  }
  return { value: elements };
}

function scalarText(value: JsonValue): string | undefined {
  return typeof value === "object" ? undefined : String(value);
}

function toInteger(value: JsonValue): number | undefined {
  const number = typeof value === "string" && /^[+-]?\d+$/u.test(value.trim()) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
}

function toFloat(value: JsonValue): number | undefined {
  const isNumberText = typeof value === "string" && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(value.trim());
  const number = isNumberText ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function toBoolean(value: JsonValue): boolean | undefined {
  if (typeof value === "boolean") return value;
  return typeof value === "string" ? value.trim().toLowerCase() === "true" : undefined;
}

function fromText(value: JsonValue, read: (text: string) => string | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return read(value.trim());
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Java prints fractions of a second in groups of three digits. */
function javaFraction(text: string): string {
  return text.replace(/\.(\d+)/u, (_, digits: string) => `.${digits.padEnd(Math.ceil(digits.length / 3) * 3, "0")}`);
}

function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[^\s]+$/iu.test(text) && !NEEDS_HOST.test(text);
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return parseJsonValue(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const YAML = "{{ yaml(text) }}";
const ION = "{{ fromIon(text) }}";

// The expression language owns the reader of YAML; asking it keeps one dialect in the product.
function parseBy(parser: string, text: string, environment: Environment): JsonValue | undefined {
  try {
    return plain(compile(parser).evaluate(scopeOf({ text }), environment));
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

/** JSON of whatever an expression may have produced: dates become ISO text, boxed numbers numbers. */
export function plain(value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return withLongDigits("", value) as JsonValue;
  if (typeof value !== "object") return value as JsonValue;
  return JSON.parse(JSON.stringify(value, withLongDigits)) as JsonValue;
}
