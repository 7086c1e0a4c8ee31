import { parseJsonValue } from "@capstan/sdk";
import { exactNumber, floatValue } from "../../values/exact-number.ts";
import { instantText, localText } from "../../values/date-times.ts";

/** Makes a value of what the server writes. */
type Read = (text: string) => unknown;

/** Reads the text of an array, each element with a function. */
type ReadArray = (text: string, readElement: Read) => unknown[];

/** Numbers of types in the catalogue of PostgreSQL: the type itself, and its array. */
const OIDS = {
  bool: [16, 1000],
  bytea: [17, 1001],
  int2: [21, 1005],
  int4: [23, 1007],
  int8: [20, 1016],
  oid: [26, 1028],
  float4: [700, 1021],
  float8: [701, 1022],
  numeric: [1700, 1231],
  timestamp: [1114, 1115],
  timestamptz: [1184, 1185],
  json: [114, 199],
  jsonb: [3802, 3807],
} as const;
type TypeName = keyof typeof OIDS;

/** Arrays of what is a text: char, name, text, bpchar, varchar, date, time, timetz, interval, uuid, inet, cidr, macaddr, money, xml, bit, varbit. */
const TEXT_ARRAYS = [1002, 1003, 1009, 1014, 1015, 1182, 1183, 1270, 1187, 2951, 1041, 651, 1040, 791, 143, 1561, 1563];
/** Semi-structured values of Redshift. */
const SUPER_OID = 4000;

/**
 * How values of each type are read, by the number of the type. What has none (dates, times, intervals, enumerations, and arrays of types that
 * users made) is the text of the server. `zone` is the time zone of points in time.
 */
export function valueReaders(zone: string | undefined, readArray: ReadArray): ReadonlyMap<number, Read> {
  const readers: Readonly<Record<TypeName, Read>> = {
    bool: (text) => text === "t",
    bytea: bytesOf,
    int2: Number,
    int4: Number,
    int8: exactNumber,
    oid: Number,
    float4: (text) => floatValue(Number(text)),
    float8: (text) => floatValue(Number(text)),
    numeric: exactNumber,
    timestamp: localText,
    timestamptz: (text) => instantText(text, zone),
    json: parseJsonValue,
    jsonb: parseJsonValue,
  };
  const pairs = Object.entries(readers).flatMap(([name, read]) => {
    const [type, array] = OIDS[name as TypeName];
    return [[type, read] as const, [array, (text: string) => readArray(text, read)] as const];
  });
  const texts = TEXT_ARRAYS.map((oid) => [oid, (text: string) => readArray(text, String)] as const);
  return new Map<number, Read>([...pairs, ...texts, [SUPER_OID, parseJsonValue]]);
}

/** Hexadecimal digits behind `\x` become base64. */
function bytesOf(text: string): string {
  return text.startsWith(String.raw`\x`) ? Buffer.from(text.slice(2), "hex").toString("base64") : text;
}

/** A value of a file as it goes into a column of a type. */
export function toColumn(oid: number): (value: unknown) => unknown {
  switch (oid) {
    case OIDS.bytea[0]:
      return (value) => (typeof value === "string" ? Buffer.from(value, "base64") : value);
    case OIDS.json[0]:
    case OIDS.jsonb[0]:
    case SUPER_OID:
      return jsonText;
    case OIDS.json[1]:
    case OIDS.jsonb[1]:
      return (value) => (Array.isArray(value) ? value.map(jsonText) : value);
    case OIDS.bytea[1]:
      return (value) => (Array.isArray(value) ? value.map(toColumn(OIDS.bytea[0])) : value);
    default:
      return (value) => value;
  }
}

/** A text is JSON already. */
function jsonText(value: unknown): unknown {
  return value === null || typeof value === "string" ? value : JSON.stringify(value);
}
