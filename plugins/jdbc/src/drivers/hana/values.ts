import { TaskFailure } from "@capstan/sdk";
import { localText, shortTime } from "../../values/date-times.ts";
import { exactNumber, floatValue, singleValue } from "../../values/exact-number.ts";
import type { HanaColumn, HanaLob, HanaParameter } from "./library.ts";
import { TYPE } from "./type-codes.ts";

type Read = (value: unknown) => unknown;

/** Makes a text of bytes, in which the server writes characters beyond 16 bits as two. */
type Decode = (bytes: Buffer) => string;

/** Makes a value for outputs of what the library gives for a column; of long values, when they have been read. */
export function reader({ dataType }: HanaColumn, decode: Decode): Read {
  const read = readerOf(dataType, decode);
  return (value) => (value === null || value === undefined ? null : read(value));
}

function readerOf(type: number, decode: Decode): Read {
  switch (type) {
    case TYPE.bigint:
      return (value) => exactNumber(String(value));
    case TYPE.decimal:
    case TYPE.fixed8:
    case TYPE.fixed12:
    case TYPE.fixed16:
      return (value) => exactNumber(plainDigits(String(value)));
    case TYPE.real:
      return (value) => singleValue(value as number);
    case TYPE.double:
      return (value) => floatValue(value as number);
    case TYPE.time:
      return (value) => shortTime(String(value));
    case TYPE.timestamp:
    case TYPE.longdate:
    case TYPE.seconddate:
      return (value) => localText(String(value));
    case TYPE.clob:
    case TYPE.nclob:
    case TYPE.nlocator:
    case TYPE.text:
    case TYPE.bintext:
      return async (value) => decode(await longBytes(value as HanaLob));
    case TYPE.blob:
    case TYPE.locator:
      return async (value) => (await longBytes(value as HanaLob)).toString("base64");
    default:
      return (value) => (value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value);
  }
}

function longBytes(lob: HanaLob): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    lob.read((error, bytes) => (error === null || error === undefined ? resolve(bytes) : reject(error)));
  });
}

/** Before its exponent a number has one digit that counts, whatever zeros the library writes behind it. */
const FLOATING = /^(-?)(\d)0*(?:\.(\d+))?e([+-]\d+)$/u;

/** A DECIMAL of no fixed scale comes with an exponent: `1.5e+3` is 1500. */
export function plainDigits(text: string): string {
  const [, sign, first, rest = "", exponent] = FLOATING.exec(text) ?? [];
  if (sign === undefined) return text;
  const digits = first + rest;
  const point = 1 + Number(exponent);
  if (point >= digits.length) return sign + digits.padEnd(point, "0").replace(/^0+(?=\d)/u, "");
  const padded = digits.padStart(digits.length + Math.max(0, 1 - point), "0");
  const at = Math.max(1, point);
  return `${sign}${padded.slice(0, at)}.${padded.slice(at)}`;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/u;

/** A value as the library takes it for a parameter of a statement. Throws `TaskFailure` for what it would change silently. */
export function parameterOf(value: unknown, { dataType }: HanaParameter): unknown {
  if (value === null || value === undefined) return null;
  switch (dataType) {
    case TYPE.tinyint:
    case TYPE.smallint:
    case TYPE.int:
    case TYPE.bigint:
      return wholeNumber(value);
    case TYPE.real:
    case TYPE.double:
      return Number(value);
    case TYPE.decimal:
    case TYPE.fixed8:
    case TYPE.fixed12:
    case TYPE.fixed16:
      return typeof value === "boolean" ? Number(value) : value;
    case TYPE.boolean:
      return value;
    case TYPE.binary:
    case TYPE.varbinary:
    case TYPE.bstring:
    case TYPE.blob:
    case TYPE.geometry:
    case TYPE.point:
      return Buffer.from(textOf(value), "base64");
    case TYPE.clob:
    case TYPE.nclob:
    case TYPE.locator:
    case TYPE.nlocator:
    case TYPE.text:
    case TYPE.bintext:
      return Buffer.from(textOf(value), "utf8");
    case TYPE.timestamp:
    case TYPE.longdate:
    case TYPE.seconddate:
      return clockOfUtc(textOf(value));
    default:
      return textOf(value);
  }
}

/** The library cuts off what stands behind the point, and what is too large. */
function wholeNumber(value: unknown): unknown {
  const digits = typeof value === "boolean" ? String(Number(value)) : String(value);
  if (!/^[+-]?\d+$/u.test(digits))
    throw new TaskFailure(
      `A parameter is "${digits}", and the statement takes a whole number there. Write CAST(:name AS DECIMAL) for others.`,
    );
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : digits;
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The database has no zones: of a point in time it gets what a clock in UTC shows, and a day begins at midnight. */
function clockOfUtc(text: string): string {
  if (INSTANT.test(text))
    return Temporal.Instant.from(text)
      .toZonedDateTimeISO("UTC")
      .toPlainDateTime()
      .toString({ smallestUnit: "microsecond" });
  return /^\d{4}-\d{2}-\d{2}$/u.test(text) ? `${text}T00:00:00` : text;
}
