import { exactInteger, exactNumber, floatValue, singleValue } from "@capstan/sdk";

/** A type of CQL as the library describes it; `info` is what it is made of. */
export interface CqlType {
  readonly code: number;
  readonly info?: unknown;
}

/** Of the protocol. */
const TYPE = {
  bigint: 0x02,
  blob: 0x03,
  counter: 0x05,
  decimal: 0x06,
  double: 0x07,
  float: 0x08,
  timestamp: 0x0b,
  varint: 0x0e,
  time: 0x12,
  list: 0x20,
  map: 0x21,
  set: 0x22,
  udt: 0x30,
  tuple: 0x31,
} as const;

type Read = (value: unknown) => unknown;

/** Makes a value for outputs of what the library gives for a type. Points in time are shown in `zone`. */
export function reader(type: CqlType, zone: string | undefined): Read {
  const read = readerOf(type, zone);
  return (value) => (value === null || value === undefined ? null : read(value));
}

function readerOf(type: CqlType, zone: string | undefined): Read {
  switch (type.code) {
    case TYPE.bigint:
    case TYPE.counter:
    case TYPE.varint:
      return (value) => exactInteger(value as bigint);
    case TYPE.decimal:
      return (value) => exactNumber(String(value));
    case TYPE.float:
      return (value) => singleValue(value as number);
    case TYPE.double:
      return (value) => floatValue(value as number);
    case TYPE.timestamp:
      return (value) => instantText(value as Date, zone);
    case TYPE.time:
      return (value) => shortTime(String(value));
    case TYPE.list:
    case TYPE.set:
      return listReader(type.info as CqlType, zone);
    case TYPE.map:
      return mapReader(type.info as readonly [CqlType, CqlType], zone);
    case TYPE.tuple:
      return tupleReader(type.info as readonly CqlType[], zone);
    case TYPE.udt:
      return structureReader(type.info as UdtInfo, zone);
    default:
      return isVector(type.info) ? vectorReader(type.info, zone) : plainValue;
  }
}

function listReader(type: CqlType, zone: string | undefined): Read {
  const read = reader(type, zone);
  return (values) => Array.from(values as ArrayLike<unknown>, (value) => read(value));
}

/** Types of vectors come by the names of classes: `org.apache.cassandra.db.marshal.VectorType(org.apache.cassandra.db.marshal.FloatType , 3)`. */
const VECTOR = /^org\.apache\.cassandra\.db\.marshal\.VectorType\(org\.apache\.cassandra\.db\.marshal\.(\w+)/u;
const ELEMENTS: Readonly<Record<string, number>> = {
  FloatType: TYPE.float,
  DoubleType: TYPE.double,
  LongType: TYPE.bigint,
  IntegerType: TYPE.varint,
  DecimalType: TYPE.decimal,
  TimestampType: TYPE.timestamp,
  TimeType: TYPE.time,
};

function isVector(info: unknown): info is string {
  return typeof info === "string" && VECTOR.test(info);
}

function vectorReader(info: string, zone: string | undefined): Read {
  return listReader({ code: ELEMENTS[VECTOR.exec(info)![1]!] ?? 0 }, zone);
}

/** Keys that are no texts are shown as they would be as values. */
function mapReader([keys, values]: readonly [CqlType, CqlType], zone: string | undefined): Read {
  const [readKey, readValue] = [reader(keys, zone), reader(values, zone)];
  const keyOf = (key: unknown): string => {
    const shown = readKey(key);
    return typeof shown === "string" ? shown : JSON.stringify(shown);
  };
  return (map) =>
    Object.fromEntries(
      [...(map as ReadonlyMap<unknown, unknown>)].map(([key, value]) => [keyOf(key), readValue(value)]),
    );
}

function tupleReader(types: readonly CqlType[], zone: string | undefined): Read {
  const readers = types.map((type) => reader(type, zone));
  return (tuple) => (tuple as { values(): readonly unknown[] }).values().map((value, index) => readers[index]!(value));
}

interface UdtInfo {
  readonly fields: readonly { readonly name: string; readonly type: CqlType }[];
}

function structureReader({ fields }: UdtInfo, zone: string | undefined): Read {
  const readers = fields.map(({ name, type }) => [name, reader(type, zone)] as const);
  return (structure) =>
    Object.fromEntries(readers.map(([name, read]) => [name, read((structure as Record<string, unknown>)[name])]));
}

/** Dates, identifiers, addresses and durations are texts; bytes are base64. */
function plainValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return typeof value === "object" ? String(value) : value;
}

function instantText(date: Date, zone: string | undefined): string {
  const instant = Temporal.Instant.fromEpochMilliseconds(date.getTime());
  return zone === undefined ? instant.toString() : instant.toZonedDateTimeISO(zone).toString({ timeZoneName: "never" });
}

/** A time of day without zeros behind its digits. */
function shortTime(time: string): string {
  return time.includes(".") ? time.replace(/\.?0+$/u, "") : time;
}
