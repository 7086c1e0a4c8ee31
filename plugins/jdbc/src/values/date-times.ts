import { TaskFailure } from "@capstan/sdk";

/** `2024-03-01 10:00:00.5+01`; years beyond 9999, `BC` and `infinity` are none. */
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)([+-]\d{2}(?::?\d{2}(?::\d{2})?)?|Z)?$/u;
const UTC = new Set(["+00", "+00:00", "Z"]);

/** A time zone that values are shown in. Throws `TaskFailure` for a name that is none. */
export function timeZoneOf(timeZoneId: string | undefined): string | undefined {
  if (timeZoneId === undefined || timeZoneId === "") return undefined;
  try {
    return Temporal.Now.zonedDateTimeISO(timeZoneId).timeZoneId;
  } catch (error) {
    throw new TaskFailure(`\`timeZoneId\` is "${timeZoneId}", which is no time zone: write Europe/Paris, or +02:00.`, {
      cause: error,
    });
  }
}

/**
 * A point in time as ISO-8601: in UTC with a Z, or with the offset that `zone` has then. Keeps every digit of its seconds; what is no
 * point in time (`infinity`) stays as it is.
 */
export function instantText(text: string, zone: string | undefined): string {
  const [, date, time, offset] = DATE_TIME.exec(text) ?? [];
  if (offset === undefined) return text;
  if (zone === undefined && UTC.has(offset)) return `${date}T${shortTime(time!)}Z`;
  return shownInstant(Temporal.Instant.from(`${date}T${time}${offset}`), zone);
}

/** A date and time of no zone as ISO-8601: `2024-03-01T10:00:00.5`. */
export function localText(text: string): string {
  const [, date, time] = DATE_TIME.exec(text) ?? [];
  return date === undefined ? text : `${date}T${shortTime(time!)}`;
}

/** The point in time that a clock in `from` showed, as `instantText` writes it. */
export function instantOfClock(text: string, from: string, zone: string | undefined): string {
  const local = localText(text);
  if (local === text) return text;
  if (local.startsWith("0000")) return local; // What MySQL has for no date.
  return shownInstant(Temporal.PlainDateTime.from(local).toZonedDateTime(from).toInstant(), zone);
}

/** In UTC with a Z, or with the offset that `zone` has then. */
export function shownInstant(instant: Temporal.Instant, zone: string | undefined): string {
  return zone === undefined ? instant.toString() : instant.toZonedDateTimeISO(zone).toString({ timeZoneName: "never" });
}

/** A time of day without zeros behind its digits: `10:00:00.5`. */
export function shortTime(time: string): string {
  return time.includes(".") ? time.replace(/\.?0+$/u, "") : time;
}
