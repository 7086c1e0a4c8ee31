import { TaskFailure } from "@capstan/sdk";

/** What a text in ISO-8601 stands for: a date, a time or both, with an offset from UTC or without. */
export interface Moment {
  readonly date?: Temporal.PlainDate;
  readonly time?: Temporal.PlainTime;
  /** `Z` or `+02:00`. */
  readonly offset?: string;
}

const DATE_LENGTH = 10;
const MOMENT_LENGTH_MAX = 36;
const ISO =
  /^(?:(?<date>\d{4}-\d{2}-\d{2})(?:T|$))?(?:(?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?<offset>Z|[+-]\d{2}:\d{2})?)?$/;

/** Reads a text that is a date, a time, or a date with a time, as data files have them. Undefined for any other text. */
export function momentOf(text: string): Moment | undefined {
  // Nearly all texts are none, and most of these are told apart by their first character.
  const first = text.charCodeAt(0);
  if (!(first >= 0x30 && first <= 0x39) || text.length > MOMENT_LENGTH_MAX) return undefined;
  const { date, time, offset } = ISO.exec(text)?.groups ?? {};
  if (date === undefined && time === undefined) return undefined;
  try {
    return {
      ...(date !== undefined && { date: Temporal.PlainDate.from(date) }),
      ...(time !== undefined && { time: Temporal.PlainTime.from(time) }),
      ...(offset !== undefined && { offset }),
    };
  } catch {
    return undefined; // The 30th of February is a text.
  }
}

/** The date and time of a zone; undefined unless the moment has a date, a time and an offset. */
export function inZone({ date, time, offset }: Moment, timeZone: string): Moment | undefined {
  if (date === undefined || time === undefined || offset === undefined) return undefined;
  const there = Temporal.Instant.from(`${date.toString()}T${time.toString()}${offset}`).toZonedDateTimeISO(timeZone);
  return { date: there.toPlainDate(), time: there.toPlainTime(), offset: offsetOf(there) };
}

/** The id of a zone as `Temporal` takes it, from one of Java: `Europe/Paris`, `UTC`, `GMT+2`, `+0200`. Throws `TaskFailure`. */
export function timeZoneOf(id: string): string {
  const offset = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(id.trim());
  const [, sign = "", hours = "", minutes = "00"] = offset ?? [];
  const zone = offset === null ? id.trim() : `${sign}${hours.padStart(2, "0")}:${minutes}`;
  try {
    return new Temporal.ZonedDateTime(0n, zone === "Z" ? "UTC" : zone).timeZoneId;
  } catch (error) {
    throw new TaskFailure(`"${id}" is no time zone. Write it like Europe/Paris, UTC or +02:00.`, { cause: error });
  }
}

/** ISO-8601 text of a moment, with as many digits of the second as it has. */
export function isoText({ date, time, offset = "" }: Moment): string {
  const day = date?.toString() ?? "";
  return time === undefined ? day.slice(0, DATE_LENGTH) : `${day}${day === "" ? "" : "T"}${time.toString()}${offset}`;
}

function offsetOf(moment: Temporal.ZonedDateTime): string {
  return moment.offsetNanoseconds === 0 ? "Z" : moment.offset;
}
