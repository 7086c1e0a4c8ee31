import { shortTime, shownInstant } from "../../values/date-times.ts";
import { exactNumber, floatValue, singleValue } from "../../values/exact-number.ts";
import type { VariantDecimal } from "./exact-values.ts";
import { NO_BYTES } from "./parameters.ts";

/** A column of a result, as the library describes it. */
export interface Field {
  readonly colName: string;
  readonly type: { readonly name: string };
  /** In bytes, of types that have several sizes. */
  readonly dataLength?: number | undefined;
}

/** The library counts what is smaller than a millisecond in seconds. */
type PreciseDate = Date & { readonly nanosecondsDelta?: number };

/** Of single precision. */
const REAL_BYTES = 4;
/** The server's own times have a ten-millionth of a second. */
const TICKS_PER_SECOND = 1e7;

/** The names of columns in rows: those without one have their number. */
export function columnNames(fields: readonly Field[]): readonly string[] {
  return fields.map(({ colName }, index) => (colName === "" ? `column${index + 1}` : colName));
}

/** Makes a value for outputs of what the library gives for a column. */
export function reader(field: Field, zone: string | undefined): (value: unknown) => unknown {
  const read = readerOf(field, zone);
  return (value) => (value === null || value === undefined ? null : read(value));
}

function readerOf({ type, dataLength }: Field, zone: string | undefined): (value: unknown) => unknown {
  switch (type.name) {
    case "BigInt":
    case "IntN":
    case "DecimalN":
    case "NumericN":
    case "Money":
    case "SmallMoney":
    case "MoneyN":
      return (value) => exactNumber(String(value));
    case "Real":
      return (value) => singleValue(value as number);
    case "FloatN":
    case "Float":
      return (value) => (dataLength === REAL_BYTES ? singleValue(value as number) : floatValue(value as number));
    case "Date":
      return (value) => isoText(value as PreciseDate).slice(0, ISO_DATE_LENGTH);
    case "Time":
      return (value) => shortTime(isoText(value as PreciseDate).slice(ISO_DATE_LENGTH + 1));
    case "DateTimeOffset":
      return (value) => shownInstant(Temporal.Instant.from(`${isoText(value as PreciseDate)}Z`), zone);
    case "Variant":
      return variantValue;
    default:
      return plainValue;
  }
}

/** `2024-03-01`. Years of the server end with 9999. */
const ISO_DATE_LENGTH = 10;

/** `2024-03-01T10:00:00.1234567`, as the clock of UTC shows it. */
function isoText(date: PreciseDate): string {
  const rest = Math.round((date.nanosecondsDelta ?? 0) * TICKS_PER_SECOND);
  return date.toISOString().slice(0, -1) + String(rest).padStart(4, "0");
}

function plainValue(value: unknown): unknown {
  if (value instanceof Date) return localText(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

function localText(date: PreciseDate): string {
  const text = isoText(date);
  return text.slice(0, ISO_DATE_LENGTH + 1) + shortTime(text.slice(ISO_DATE_LENGTH + 1));
}

/** A value whose type is its own affair. A BIGINT can't be told from a text here: it stays one. */
function variantValue(value: unknown): unknown {
  if (typeof value === "number") return floatValue(value);
  return isDecimal(value) ? exactNumber(value.digits) : plainValue(value);
}

function isDecimal(value: unknown): value is VariantDecimal {
  return typeof value === "object" && value !== null && "digits" in value;
}

const DIGITS = /^-?\d+(?:\.\d+)?$/u;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/u;
/** DATETIME has thousandths of a second, and takes no text with more. */
const DATETIME_DIGITS = 3;

/**
 * A value of a file as it goes into a column: bytes are base64, decimals texts with all their digits, and points in time what a clock in UTC shows
 * where the column has no zone.
 */
export function toColumn({ type }: Field): (value: unknown) => unknown {
  switch (type.name) {
    case "VarBinary":
    case "Binary":
    case "Image":
      return (value) => (typeof value === "string" ? Buffer.from(value, "base64") : (value ?? NO_BYTES));
    case "DecimalN":
    case "NumericN":
    case "Money":
    case "SmallMoney":
    case "MoneyN":
      return (value) => (typeof value === "number" && DIGITS.test(String(value)) ? String(value) : value);
    case "DateTime2":
      return clockOfUtc;
    case "DateTime":
    case "SmallDateTime":
    case "DateTimeN":
      return (value) => {
        const shown = clockOfUtc(value);
        return typeof shown === "string" ? shown.replace(LONG_FRACTION, "$1") : shown;
      };
    default:
      return (value) => value;
  }
}

const LONG_FRACTION = new RegExp(String.raw`(\.\d{${DATETIME_DIGITS}})\d+$`, "u");

function clockOfUtc(value: unknown): unknown {
  return typeof value === "string" && INSTANT.test(value)
    ? Temporal.Instant.from(value).toZonedDateTimeISO("UTC").toPlainDateTime().toString()
    : value;
}
