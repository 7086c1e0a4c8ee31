import { formatPattern, nanoOfSecond, offsetText } from "./format-date.ts";

type Zoned = Temporal.ZonedDateTime;

export interface NamedFormat {
  /** The Java pattern, where one says it all. */
  readonly pattern?: string;
  /** Locale whose names and weeks the pattern reads by, where that is not the caller's. */
  readonly readTag?: string;
  /** Whether ISO texts are read by it. */
  readonly isIso?: boolean;
  readonly format: (date: Zoned, tag: string) => string;
}

const byPattern = (pattern: string, isIso = false): NamedFormat => ({
  pattern,
  isIso,
  format: (date, tag) => formatPattern(date, pattern, tag),
});

const iso = (format: (date: Zoned) => string): NamedFormat => ({ isIso: true, format });

const localized = (style: "full" | "long" | "medium" | "short"): NamedFormat => ({
  format: (date, tag) =>
    new Intl.DateTimeFormat(tag, { dateStyle: style, timeStyle: style, timeZone: date.timeZoneId }).format(
      date.epochMilliseconds,
    ),
});

const day = (date: Zoned): string => date.toPlainDate().toString();
const offset = (date: Zoned): string => (date.offsetNanoseconds === 0 ? "Z" : offsetText(date, 5));
const zone = (date: Zoned): string => (/^[+-]/u.test(date.timeZoneId) ? "" : `[${date.timeZoneId}]`);

function clock(date: Zoned): string {
  const time = date.toPlainTime().toString({ smallestUnit: "second" });
  const nanos = nanoOfSecond(date);
  return nanos === 0 ? time : `${time}.${String(nanos).padStart(9, "0").replace(/0+$/u, "")}`;
}

const zonedDateTime = iso((date) => `${day(date)}T${clock(date)}${offset(date)}${zone(date)}`);

const offsetDate: NamedFormat = { pattern: "yyyy-MM-dd[XXX]", format: (date) => day(date) + offset(date) };

const NAMED_FORMATS: ReadonlyMap<string, NamedFormat> = new Map<string, NamedFormat>([
  ["iso", byPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", true)],
  ["iso_milli", byPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", true)],
  ["iso_sec", byPattern("yyyy-MM-dd'T'HH:mm:ssXXX", true)],
  ["sql", byPattern("yyyy-MM-dd HH:mm:ss.SSSSSS")],
  ["sql_milli", byPattern("yyyy-MM-dd HH:mm:ss.SSS")],
  ["sql_sec", byPattern("yyyy-MM-dd HH:mm:ss")],
  ["sql_seq", byPattern("yyyy-MM-dd HH:mm:ss")],
  ["iso_date_time", zonedDateTime],
  ["iso_zoned_date_time", zonedDateTime],
  ["iso_offset_date_time", iso((date) => `${day(date)}T${clock(date)}${offset(date)}`)],
  ["iso_local_date_time", iso((date) => `${day(date)}T${clock(date)}`)],
  ["iso_instant", iso((date) => `${day(date.withTimeZone("UTC"))}T${clock(date.withTimeZone("UTC"))}Z`)],
  ["iso_date", offsetDate],
  ["iso_offset_date", offsetDate],
  ["iso_local_date", byPattern("yyyy-MM-dd", true)],
  ["iso_time", iso((date) => clock(date) + offset(date))],
  ["iso_offset_time", iso((date) => clock(date) + offset(date))],
  ["iso_local_time", iso(clock)],
  [
    "iso_ordinal_date",
    { ...iso((date) => formatPattern(date, "yyyy-DDDXXX", "en-US")), isIso: false, pattern: "yyyy-DDD[XXX]" },
  ],
  [
    "iso_week_date",
    {
      pattern: "YYYY-'W'ww-e[XXX]",
      // Weeks of France are those of ISO.
      readTag: "fr-FR",
      format: (date) =>
        `${date.yearOfWeek}-W${String(date.weekOfYear).padStart(2, "0")}-${date.dayOfWeek}${offset(date)}`,
    },
  ],
  [
    "basic_iso_date",
    { ...iso((date) => formatPattern(date, "yyyyMMddXX", "en-US")), isIso: false, pattern: "yyyyMMdd[XX]" },
  ],
  [
    "rfc_1123_date_time",
    {
      pattern: "[EEE, ]d MMM yyyy HH:mm[:ss] z",
      readTag: "en-US",
      format: (date) =>
        formatPattern(date, "EEE, d MMM yyyy HH:mm:ss ", "en-US") +
        (date.offsetNanoseconds === 0 ? "GMT" : offsetText(date, 2)),
    },
  ],
  ["full", localized("full")],
  ["long", localized("long")],
  ["medium", localized("medium")],
  ["short", localized("short")],
]);

/** The format of this name, in either case; `undefined` when the text is a pattern. */
export function namedFormat(name: string): NamedFormat | undefined {
  return NAMED_FORMATS.get(name.toLowerCase());
}

/** Formats by a name or a Java pattern. */
export function formatDate(date: Zoned, format: string, tag: string): string {
  return namedFormat(format)?.format(date, tag) ?? formatPattern(date, format, tag);
}
