import { ExpressionError } from "../errors.ts";
import { className } from "../values/class-name.ts";
import { isInteger } from "../values/numbers.ts";
import { localeTag } from "./names.ts";
import { namedFormat } from "./named-formats.ts";
import { parseByPattern } from "./parse-date.ts";
import { toTimeZone } from "./time-zone.ts";

export interface DateReading {
  /** IANA id or offset: where texts without a zone are taken, and the zone of the result. */
  readonly timeZone: string;
  /** Java pattern or name of a format that texts are read by. */
  readonly existingFormat?: string | undefined;
  readonly locale?: string | undefined;
}

/**
 * The moment that a value stands for, in `timeZone`: ISO text with or without zone, a date (start of the day), an integer
 * (epoch seconds; 13 digits and more are milliseconds, 16 microseconds, 19 nanoseconds) or a native date (noon for a day).
 */
export function toZoned(value: unknown, reading: DateReading): Temporal.ZonedDateTime {
  const zone = toTimeZone(reading.timeZone);
  if (value instanceof Temporal.ZonedDateTime) return value.withTimeZone(zone);
  if (value instanceof Temporal.Instant) return value.toZonedDateTimeISO(zone);
  if (value instanceof Temporal.PlainDateTime) return value.toZonedDateTime(zone);
  if (value instanceof Temporal.PlainDate) return value.toPlainDateTime({ hour: 12 }).toZonedDateTime(zone);
  if (isInteger(value)) return fromEpoch(value).toZonedDateTimeISO(zone);
  if (typeof value === "string") return fromText(value, zone, reading).withTimeZone(zone);
  throw new ExpressionError("TYPE", `A value of type ${className(value)} is no date`);
}

function fromText(text: string, zone: string, { existingFormat, locale }: DateReading): Temporal.ZonedDateTime {
  if (existingFormat === undefined) return parseIso(text, zone);
  const format = namedFormat(existingFormat);
  if (format?.isIso === true) return parseIso(text, zone);
  return parseByPattern(text, format?.pattern ?? existingFormat, zone, format?.readTag ?? localeTag(locale));
}

const ISO =
  /^(?<date>[+-]?\d{4,6}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(?<offset>Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?(?:\[(?<zone>[^\]]+)\])?)?$/iu;

/** Reads ISO text; without a zone of its own it is taken in `timeZone`. */
export function parseIso(text: string, timeZone: string): Temporal.ZonedDateTime {
  const match = ISO.exec(text.trim())?.groups;
  if (match === undefined) {
    throw new ExpressionError("VALUE", `"${text}" is no ISO date`, {
      hint: "Say how it is written with the argument existingFormat.",
    });
  }
  const { date, time = "00:00", offset, zone } = match;
  try {
    const local = Temporal.PlainDateTime.from(`${date}T${time.replace(",", ".")}`);
    if (offset === undefined) return local.toZonedDateTime(zone === undefined ? timeZone : toTimeZone(zone));
    const moment = local.toZonedDateTime(toTimeZone(offset));
    return zone === undefined ? moment : moment.withTimeZone(toTimeZone(zone));
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    throw new ExpressionError("VALUE", `"${text}" is no date that exists`, { cause: error });
  }
}

function fromEpoch(value: number | bigint): Temporal.Instant {
  const count = BigInt(value);
  const digits = (count < 0n ? -count : count).toString().length;
  const scale = digits >= 19 ? 1n : digits >= 16 ? 1_000n : digits >= 13 ? 1_000_000n : 1_000_000_000n;
  try {
    return Temporal.Instant.fromEpochNanoseconds(count * scale);
  } catch (error) {
    throw new ExpressionError("VALUE", `${value} is out of the range of dates`, { cause: error });
  }
}
