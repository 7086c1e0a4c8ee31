import { parseJsonValue } from "@capstan/sdk";
import type { FieldPacket } from "mysql2";
import { exactNumber, singleValue } from "../../values/exact-number.ts";
import { instantOfClock, localText, shortTime } from "../../values/date-times.ts";

/** Of the protocol. */
const TYPE = {
  decimal: 0,
  tiny: 1,
  float: 4,
  double: 5,
  timestamp: 7,
  longlong: 8,
  time: 11,
  datetime: 12,
  bit: 16,
  json: 245,
  newdecimal: 246,
};
/** What the character set of bytes is called. */
const BINARY = 63;

/** A column of a result, as the library describes it. */
export type Field = Pick<FieldPacket, "name"> & {
  readonly columnType?: number | undefined;
  readonly columnLength?: number | undefined;
  readonly characterSet?: number | undefined;
  /** MariaDB keeps JSON in texts, and says so here. */
  readonly extendedFormat?: string | undefined;
};

/** Which clock the session has, and which time zone points in time are shown in. */
export interface Clock {
  /** Undefined where the server knows its zone by an abbreviation alone. */
  readonly session: string | undefined;
  readonly zone: string | undefined;
}

/** Makes a value for outputs of what the library gives for a column. */
export function reader(field: Field, clock: Clock): (value: unknown) => unknown {
  const read = readerOf(field, clock);
  return (value) => (value === null || value === undefined ? null : read(value));
}

function readerOf(field: Field, clock: Clock): (value: unknown) => unknown {
  if (isJson(field)) return (value) => (typeof value === "string" ? parseJsonValue(value) : value);
  switch (field.columnType) {
    case TYPE.tiny:
      // As of Java's driver: one digit is a truth.
      return field.columnLength === 1 ? (value) => value !== 0 : (value) => value;
    case TYPE.bit:
      return field.columnLength === 1 ? (value) => (value as Buffer)[0] === 1 : base64;
    case TYPE.longlong:
    case TYPE.decimal:
    case TYPE.newdecimal:
      return (value) => exactNumber(String(value));
    case TYPE.float:
      return (value) => singleValue(value as number);
    case TYPE.timestamp:
      return (value) =>
        clock.session === undefined
          ? localText(String(value))
          : instantOfClock(String(value), clock.session, clock.zone);
    case TYPE.datetime:
      return (value) => localText(String(value));
    case TYPE.time:
      // The two ways in which the server answers differ in it.
      return (value) => shortTime(String(value));
    default:
      return base64;
  }
}

function isJson({ columnType, extendedFormat }: Field): boolean {
  return columnType === TYPE.json || extendedFormat === "json";
}

function base64(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/u;

/** A value of a file as it goes into a column: bytes are base64, points in time are shown by the clock of the session. */
export function toColumn(field: Field, { session = "UTC" }: Clock): (value: unknown) => unknown {
  switch (field.columnType) {
    case TYPE.timestamp:
    case TYPE.datetime:
      return (value) =>
        typeof value === "string" && INSTANT.test(value)
          ? Temporal.Instant.from(value).toZonedDateTimeISO(session).toPlainDateTime().toString().replace("T", " ")
          : value;
    default:
      break;
  }
  if (isJson(field)) return (value) => (value === null || typeof value === "string" ? value : JSON.stringify(value));
  const isBytes = field.characterSet === BINARY && BYTES.has(field.columnType ?? 0);
  return (value) => (isBytes && typeof value === "string" ? Buffer.from(value, "base64") : value);
}

/** TINYBLOB to LONGBLOB, BINARY and VARBINARY. */
const BYTES: ReadonlySet<number> = new Set([249, 250, 251, 252, 253, 254]);

/** A value as the library takes it: whole numbers as such, lists and maps as the text of their JSON. */
export function parameterOf(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array) ? JSON.stringify(value) : value;
}
