import { inZone, type Moment, timeZoneOf } from "../dates/iso.ts";
import { parserOf } from "../dates/parse-by-pattern.ts";
import type { AvroField, AvroRecord, AvroType, Decimal, LongLogical } from "./schema.ts";
import type { TypedValue } from "./typed-value.ts";

/** How texts are read as values of other types. */
export interface ValueReading {
  readonly trueValues: readonly string[];
  readonly falseValues: readonly string[];
  readonly nullValues: readonly string[];
  readonly dateFormat: string;
  readonly timeFormat: string;
  readonly datetimeFormat: string;
  readonly decimalSeparator: string;
  readonly timeZoneId?: string | undefined;
  /** Whether texts that mean null, true or false are that in fields of any type. */
  readonly inferAllFields: boolean;
  /** Whether a field that can't be converted becomes null where its type allows it. */
  readonly areBadFieldsNull: boolean;
}

/** Why a value can't be converted. */
export class ConversionError extends Error {
  /** The way to the value within its record: `.orders[2].id`. */
  path = "";
}

interface Converter extends ValueReading {
  readonly trues: ReadonlySet<string>;
  readonly falses: ReadonlySet<string>;
  readonly nulls: ReadonlySet<string>;
  readonly zone: string;
  readonly readDate: (text: string) => Moment | undefined;
  readonly readTime: (text: string) => Moment | undefined;
  readonly readDateTime: (text: string) => Moment | undefined;
}

/**
 * Converts records to values of a schema; throws `ConversionError` for those that don't fit. Throws `TaskFailure` for a format that can't
 * be read.
 */
export function recordConverter(schema: AvroRecord, reading: ValueReading): (record: unknown) => TypedValue {
  const lower = (texts: readonly string[]) => new Set(texts.map((text) => text.toLowerCase()));
  const converter: Converter = {
    ...reading,
    trues: lower(reading.trueValues),
    falses: lower(reading.falseValues),
    nulls: lower(reading.nullValues),
    zone: reading.timeZoneId === undefined ? Temporal.Now.timeZoneId() : timeZoneOf(reading.timeZoneId),
    readDate: parserOf(reading.dateFormat),
    readTime: parserOf(reading.timeFormat),
    readDateTime: parserOf(reading.datetimeFormat),
  };
  return (record) => convert(schema, record, converter);
}

function convert(type: AvroType, value: unknown, converter: Converter): TypedValue {
  if (converter.inferAllFields && typeof value === "string") {
    const inferred = inferredOf(value, converter);
    if (inferred !== undefined) return convert(type, inferred, { ...converter, inferAllFields: false });
  }
  switch (type.kind) {
    case "null":
      return meansNull(value, converter) ? null : refuse(value, "null");
    case "boolean":
      return booleanOf(value, converter);
    case "int":
      return intOf(type.logical, value, converter);
    case "long":
      return longOf(type.logical, value, converter);
    case "float":
    case "double":
      return fractionOf(value, type.kind, converter);
    case "string":
      return stringOf(value, type.logical);
    case "bytes":
      return type.decimal === undefined
        ? Buffer.from(textOf(value, "bytes"))
        : decimalBytes(value, type.decimal, converter);
    case "fixed":
      return fixedOf(type, value, converter);
    case "enum":
      return type.symbols.includes(textOf(value, "enum"))
        ? textOf(value, "enum")
        : refuse(value, `one of ${type.symbols.join(", ")}`);
    case "array":
      if (!Array.isArray(value)) return refuse(value, "a list");
      return value.map((item, index) => within(`[${index}]`, () => convert(type.items, item, converter)));
    case "map":
      return new Map(
        Object.entries(mapOf(value)).map(([key, item]) => [
          key,
          within(`[${key}]`, () => convert(type.values, item, converter)),
        ]),
      );
    case "union":
      return unionOf(type.branches, value, converter);
    case "record":
      return recordOf(type, value, converter);
    default:
      return type satisfies never;
  }
}

function inferredOf(text: string, { nulls, trues, falses }: Converter): null | boolean | undefined {
  const lower = text.toLowerCase();
  if (nulls.has(lower)) return null;
  if (trues.has(lower)) return true;
  return falses.has(lower) ? false : undefined;
}

/** The first type that takes the value. */
function unionOf(branches: readonly AvroType[], value: unknown, converter: Converter): TypedValue {
  const problems: ConversionError[] = [];
  for (const [branch, type] of branches.entries()) {
    // Without a try, as it is the first type of nearly every union, and takes nearly none of the values.
    if (type.kind === "null" && !meansNull(value, converter)) continue;
    try {
      return { branch, type, value: convert(type, value, converter) };
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      problems.push(error);
    }
  }
  // Of a type that may be null, that type says best what is wrong.
  if (problems.length === 1) throw problems[0]!;
  return refuse(value, `one of ${branches.map(({ kind }) => kind).join(", ")}`);
}

function meansNull(value: unknown, { nulls }: Converter): boolean {
  return value === null || value === undefined || isOneOf(nulls, value);
}

function recordOf(type: AvroRecord, value: unknown, converter: Converter): TypedValue {
  const isList = Array.isArray(value);
  const record = isList ? {} : mapOf(value);
  return type.fields.map((field, index) => {
    const given: unknown = isList ? (value as unknown[])[index] : fieldOf(field, record);
    return within(`.${field.name}`, () =>
      fieldValue(field, given === undefined ? (field.default ?? null) : given, converter),
    );
  });
}

function fieldValue({ type }: AvroField, value: unknown, converter: Converter): TypedValue {
  try {
    return convert(type, value, converter);
  } catch (error) {
    const branch = type.kind === "union" ? type.branches.findIndex(({ kind }) => kind === "null") : -1;
    if (!converter.areBadFieldsNull || branch === -1 || !(error instanceof ConversionError)) throw error;
    return { branch, type: { kind: "null" }, value: null };
  }
}

function fieldOf({ name, aliases }: AvroField, record: Readonly<Record<string, unknown>>): unknown {
  const key = [name, ...aliases].find((key) => Object.hasOwn(record, key) && record[key] !== null);
  return key === undefined ? (Object.hasOwn(record, name) ? null : undefined) : record[key];
}

function booleanOf(value: unknown, { trues, falses }: Converter): boolean {
  if (typeof value === "boolean") return value;
  if (value === 1 || isOneOf(trues, value)) return true;
  if (value === 0 || isOneOf(falses, value)) return false;
  return refuse(value, "boolean");
}

const DAY_0 = Temporal.PlainDate.from("1970-01-01");

function intOf(logical: "date" | "time-millis" | undefined, value: unknown, converter: Converter): number {
  if (logical === "date" && typeof value === "string") {
    const read = converter.readDate(value) ?? converter.readDateTime(value);
    const moment = read === undefined ? undefined : (inZone(read, converter.zone) ?? read);
    return moment?.date === undefined ? refuse(value, "date") : DAY_0.until(moment.date, { largestUnit: "days" }).days;
  }
  if (logical === "time-millis" && typeof value === "string")
    return Math.floor(microsecondOf(value, converter) / 1_000);
  const number = wholeOf(value, "int");
  if (number !== BigInt.asIntN(32, number)) refuse(value, "int");
  return Number(number);
}

function longOf(logical: LongLogical | undefined, value: unknown, converter: Converter): bigint {
  if (logical === undefined || typeof value !== "string" || /^-?\d+$/.test(value)) {
    const number = wholeOf(value, "long");
    return number === BigInt.asIntN(64, number) ? number : refuse(value, "long");
  }
  if (logical === "time-micros") return BigInt(microsecondOf(value, converter));
  const microseconds = epochMicroseconds(logical, value, converter);
  return logical.endsWith("millis")
    ? (microseconds - (((microseconds % 1_000n) + 1_000n) % 1_000n)) / 1_000n
    : microseconds;
}

/** Without an offset of its own a text is of the zone; local ones are those of the zone. */
function epochMicroseconds(logical: LongLogical, text: string, { readDateTime, readDate, zone }: Converter): bigint {
  const { date, time, offset } = readDateTime(text) ?? readDate(text) ?? {};
  if (date === undefined) return refuse(text, logical);
  const local = date.toPlainDateTime(time);
  const isLocal = logical.startsWith("local");
  const written =
    offset === undefined ? local.toZonedDateTime(zone) : local.toZonedDateTime(offset === "Z" ? "UTC" : offset);
  const moment = isLocal ? written.withTimeZone(zone).toPlainDateTime().toZonedDateTime("UTC") : written;
  const nanoseconds = moment.epochNanoseconds;
  return (nanoseconds - (((nanoseconds % 1_000n) + 1_000n) % 1_000n)) / 1_000n;
}

function microsecondOf(text: string, { readTime, readDateTime }: Converter): number {
  const { time } = readTime(text) ?? readDateTime(text) ?? {};
  if (time === undefined) return refuse(text, "time");
  return Math.floor(new Temporal.PlainTime().until(time).total("microseconds"));
}

function wholeOf(value: unknown, wanted: string): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value)) return BigInt(value.trim().replace("+", ""));
  return refuse(value, wanted);
}

function fractionOf(value: unknown, wanted: string, { decimalSeparator }: Converter): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  const text = typeof value === "string" ? value.trim().replace(decimalSeparator, ".") : "";
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) || /^(?:NaN|[+-]?Infinity)$/.test(text)
    ? Number(text)
    : refuse(value, wanted);
}

function decimalBytes(value: unknown, decimal: Decimal, converter: Converter): Uint8Array {
  const unscaled = unscaledOf(value, decimal, converter);
  let length = 1;
  while (BigInt.asIntN(length * 8, unscaled) !== unscaled) length += 1;
  return twosComplement(unscaled, length);
}

function twosComplement(value: bigint, length: number): Uint8Array {
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, "0");
  return Buffer.from(hex, "hex");
}

/** Rounded half to even, as Java does. */
function unscaledOf(value: unknown, { precision, scale }: Decimal, { decimalSeparator }: Converter): bigint {
  const isNumber = typeof value === "number" || typeof value === "bigint" || typeof value === "string";
  const text = isNumber ? String(value).trim().replace(decimalSeparator, ".") : "";
  const parts = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i.exec(text);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts ?? [];
  if (whole + fraction === "") return refuse(value, "decimal");
  const shift = scale - fraction.length + Number(exponent);
  let digits = BigInt(whole + fraction);
  if (shift >= 0) digits *= 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    const [quotient, twice] = [digits / divisor, (digits % divisor) * 2n];
    digits = quotient + (twice > divisor || (twice === divisor && quotient % 2n === 1n) ? 1n : 0n);
  }
  if (digits >= 10n ** BigInt(precision)) return refuse(value, `a decimal with ${precision} digits`);
  return sign === "-" ? -digits : digits;
}

function fixedOf(type: AvroType & { kind: "fixed" }, value: unknown, converter: Converter): Uint8Array {
  if (type.decimal !== undefined) {
    const unscaled = unscaledOf(value, type.decimal, converter);
    return BigInt.asIntN(type.size * 8, unscaled) === unscaled
      ? twosComplement(unscaled, type.size)
      : refuse(value, `a decimal of ${type.size} bytes`);
  }
  const bytes = Buffer.from(textOf(value, "fixed"));
  return bytes.length === type.size ? bytes : refuse(value, `${type.size} bytes`);
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

function stringOf(value: unknown, logical: "uuid" | undefined): string {
  const text = textOf(value, "string");
  return logical === undefined || UUID.test(text) ? text : refuse(value, "uuid");
}

function textOf(value: unknown, wanted: string): string {
  if (value === null || value === undefined) return refuse(value, wanted);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : refuse(value, "a map");
}

function isOneOf(texts: ReadonlySet<string>, value: unknown): boolean {
  return typeof value === "string" && texts.has(value.toLowerCase());
}

function within<Result>(step: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof ConversionError) error.path = step + error.path;
    throw error;
  }
}

function refuse(value: unknown, wanted: string): never {
  const text = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "nothing");
  throw new ConversionError(`${text.length > 60 ? `${text.slice(0, 60)}…` : text} can't be converted to ${wanted}`);
}
