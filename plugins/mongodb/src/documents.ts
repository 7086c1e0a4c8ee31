import { parseJsonValue, TaskFailure } from "@capstan/sdk";
import type { Document } from "mongodb";

/** A document that is written as a map, or as the text of one, in JSON or extended JSON. Throws `TaskFailure` for anything else. */
export async function documentOf(name: string, written: unknown): Promise<Document> {
  return await toBson(name, mapOf(name, written));
}

/** As `documentOf`, of a list. */
export async function documentsOf(name: string, written: unknown): Promise<readonly Document[]> {
  const list = typeof written === "string" ? parsed(name, written) : written;
  if (!Array.isArray(list)) throw new TaskFailure(`\`${name}\` is to be a list of maps.`);
  return await Promise.all(list.map((one, index) => documentOf(`${name}[${index}]`, one)));
}

/** A value as the database has it: extended JSON becomes what it stands for, a whole number an integer. */
export async function toBson(name: string, value: unknown): Promise<Document> {
  const { BSON } = await import("mongodb");
  try {
    return BSON.EJSON.deserialize(value as Document, { relaxed: false }) as Document;
  } catch (error) {
    throw new TaskFailure(`\`${name}\` has extended JSON that stands for nothing: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function mapOf(name: string, written: unknown): Document {
  const value = typeof written === "string" ? parsed(name, written) : written;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TaskFailure(`\`${name}\` is to be a map, or the text of one in JSON.`);
  return value;
}

function parsed(name: string, text: string): unknown {
  try {
    return parseJsonValue(text);
  } catch (error) {
    throw new TaskFailure(`\`${name}\` is a text that is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Values of the database that JSON has no form for, by the names that the driver gives their classes. */
const READERS: Readonly<Record<string, (value: never) => unknown>> = {
  ObjectId: (value: { toHexString(): string }) => value.toHexString(),
  Long: (value: { toString(): string; toNumber(): number }) => wholeNumber(value),
  Decimal128: (value: { toString(): string }) => decimal(value.toString()),
  Int32: (value: { valueOf(): number }) => value.valueOf(),
  Double: (value: { valueOf(): number }) => float(value.valueOf()),
  Binary: (value: BinaryValue) => (value.sub_type === UUID_TYPE ? value.toUUID().toString() : value.toString("base64")),
  UUID: (value: { toString(): string }) => value.toString(),
  Timestamp: (value: { toString(): string }) => value.toString(),
  BSONRegExp: ({ pattern, options }: { pattern: string; options: string }) => `/${pattern}/${options}`,
  BSONSymbol: (value: { toString(): string }) => value.toString(),
  Code: ({ code }: { code: string }) => code,
  MinKey: () => "MinKey",
  MaxKey: () => "MaxKey",
};

interface BinaryValue {
  readonly sub_type: number;
  toUUID(): { toString(): string };
  toString(encoding: "base64"): string;
}

const UUID_TYPE = 4;
/** As many digits as a double gives back unchanged. */
const DIGITS_MAX = 15;

/** A value of the database as JSON has it; nothing is lost of it but its type. */
export function toJson(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return float(value);
  if (typeof value === "bigint") return wholeNumber({ toString: () => String(value), toNumber: () => Number(value) });
  if (typeof value !== "object") return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof RegExp) return value.toString();
  if (Array.isArray(value)) return value.map(toJson);
  const { _bsontype: type } = value as { readonly _bsontype?: string };
  const read = type === undefined ? undefined : READERS[type];
  if (read !== undefined) return read(value as never);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner)]));
}

function wholeNumber(value: { toString(): string; toNumber(): number }): number | string {
  const number = value.toNumber();
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** JSON has no `NaN` and no infinity: those are texts. */
function float(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function decimal(digits: string): number | string {
  const [, whole = "", fraction = ""] = /^-?0*(\d*)(?:\.(\d*?)0*)?$/u.exec(digits) ?? [];
  const isShort = whole + fraction !== "" && (whole + fraction).replace(/^0+/u, "").length <= DIGITS_MAX;
  return isShort || /^-?0+(?:\.0*)?$/u.test(digits) ? Number(digits) : digits;
}
