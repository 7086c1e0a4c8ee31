import { exactInteger, exactNumber, floatValue, parseJsonValue, TaskFailure } from "@capstan/sdk";
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
  Long: (value: { toString(): string }) => exactNumber(value.toString()),
  Decimal128: (value: { toString(): string }) => exactNumber(value.toString()),
  Int32: (value: { valueOf(): number }) => value.valueOf(),
  Double: (value: { valueOf(): number }) => floatValue(value.valueOf()),
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

/** A value of the database as JSON has it; nothing is lost of it but its type. */
export function toJson(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return floatValue(value);
  if (typeof value === "bigint") return exactInteger(value);
  if (typeof value !== "object") return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof RegExp) return value.toString();
  if (Array.isArray(value)) return value.map(toJson);
  const { _bsontype: type } = value as { readonly _bsontype?: string };
  const read = type === undefined ? undefined : READERS[type];
  if (read !== undefined) return read(value as never);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner)]));
}
