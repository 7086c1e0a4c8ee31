import { parseJsonValue } from "@capstan/sdk";
import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { exactInteger, exactNumber, floatValue, singleValue } from "../../values/exact-number.ts";
import { localText, shownInstant } from "../../values/date-times.ts";

/** What the library gives for types that are no plain values. */
interface Composite {
  readonly items?: readonly DuckDBValue[];
  readonly entries?: Readonly<Record<string, DuckDBValue>> | readonly { key: DuckDBValue; value: DuckDBValue }[];
  readonly bytes?: Uint8Array;
  readonly micros?: bigint;
  readonly value?: DuckDBValue;
  readonly tag?: string;
}

/** What it says of such types. */
interface CompositeType {
  readonly valueType?: DuckDBType;
  readonly entryNames?: readonly string[];
  readonly entryTypes?: readonly DuckDBType[];
  readonly memberTags?: readonly string[];
  readonly memberTypes?: readonly DuckDBType[];
}

type Read = (value: DuckDBValue) => unknown;

/** Names of types whose values are what they are. Their numbers are in the library, which is loaded by the first query. */
const TYPE = {
  bigint: 5,
  ubigint: 9,
  float: 10,
  double: 11,
  timestamp: 12,
  hugeint: 16,
  varchar: 17,
  blob: 18,
  decimal: 19,
  timestampS: 20,
  timestampMs: 21,
  timestampNs: 22,
  list: 24,
  struct: 25,
  map: 26,
  union: 28,
  timestampTz: 31,
  uhugeint: 32,
  array: 33,
  bignum: 35,
  geometry: 40,
} as const;

/** Makes a value for outputs of what the library gives for a column; `zone` is the time zone of points in time. */
export function reader(type: DuckDBType, zone: string | undefined): Read {
  const read = readerOf(type, zone);
  return (value) => (value === null ? null : read(value));
}

function readerOf(type: DuckDBType, zone: string | undefined): Read {
  if (type.alias === "JSON") return (value) => parseJsonValue(String(value));
  switch (type.typeId as number) {
    case TYPE.bigint:
    case TYPE.ubigint:
    case TYPE.hugeint:
    case TYPE.uhugeint:
    case TYPE.bignum:
      return (value) => exactInteger(value as bigint);
    case TYPE.float:
      return (value) => singleValue(value as number);
    case TYPE.double:
      return (value) => floatValue(value as number);
    case TYPE.decimal:
      return (value) => exactNumber(String(value));
    case TYPE.timestamp:
    case TYPE.timestampS:
    case TYPE.timestampMs:
    case TYPE.timestampNs:
      return (value) => localText(String(value));
    case TYPE.timestampTz:
      return (value) => instantOf(value, zone);
    case TYPE.blob:
    case TYPE.geometry:
      return (value) => Buffer.from((value as unknown as Composite).bytes ?? []).toString("base64");
    default:
      return compositeReader(type, zone);
  }
}

/** Lists are lists; structures and maps are maps. Everything else is the text that the database has for it. */
function compositeReader(type: DuckDBType, zone: string | undefined): Read {
  const { valueType, entryNames = [], entryTypes = [], memberTags = [], memberTypes = [] } = type as CompositeType;
  switch (type.typeId as number) {
    case TYPE.list:
    case TYPE.array: {
      const read = reader(valueType!, zone);
      return (value) => (value as unknown as Composite).items!.map(read);
    }
    case TYPE.struct: {
      const readers = entryNames.map((name, index) => [name, reader(entryTypes[index]!, zone)] as const);
      return (value) => {
        const entries = (value as unknown as Composite).entries as Readonly<Record<string, DuckDBValue>>;
        return Object.fromEntries(readers.map(([name, read]) => [name, read(entries[name] ?? null)]));
      };
    }
    case TYPE.map: {
      const read = reader(valueType!, zone);
      return (value) => {
        const entries = (value as unknown as Composite).entries as readonly { key: DuckDBValue; value: DuckDBValue }[];
        return Object.fromEntries(entries.map(({ key, value: entry }) => [String(key), read(entry)]));
      };
    }
    case TYPE.union: {
      const readers = new Map(memberTags.map((tag, index) => [tag, reader(memberTypes[index]!, zone)]));
      return (value) => {
        const { tag = "", value: member = null } = value as unknown as Composite;
        return readers.get(tag)!(member);
      };
    }
    default:
      return (value) => (typeof value === "object" || typeof value === "bigint" ? String(value) : value);
  }
}

/** Beyond the years that JavaScript has, and for `infinity`, it is the text of the database. */
function instantOf(value: DuckDBValue, zone: string | undefined): string {
  const { micros = 0n } = value as unknown as Composite;
  try {
    return shownInstant(new Temporal.Instant(micros * 1000n), zone);
  } catch (error) {
    if (error instanceof RangeError) return String(value);
    throw error;
  }
}

/** A value as the library takes it: whole numbers as such, lists as lists, maps as the text of their JSON. */
export function inputOf(value: unknown): DuckDBValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === "string" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}
