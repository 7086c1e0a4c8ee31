import { ExpressionError } from "../errors.ts";

/** How long a name is: `Sep`, `September`, `S`. */
export type NameWidth = "short" | "long" | "narrow";

const ENGLISH_MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const ENGLISH_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** `fr_FR` or `fr-FR` → a BCP 47 tag; English of the United States when there is none. */
export function localeTag(locale: string | undefined): string {
  if (locale === undefined || locale === "") return "en-US";
  try {
    return new Intl.Locale(locale.replaceAll("_", "-")).toString();
  } catch (error) {
    throw new ExpressionError("ARGUMENT", `"${locale}" is no locale`, { cause: error, hint: "Write it like fr_FR." });
  }
}

/** Names of the twelve months. `isStandalone`: as a title, not within a date. */
export function monthNames(tag: string, width: NameWidth, isStandalone: boolean): readonly string[] {
  if (isEnglish(tag)) return ENGLISH_MONTHS.map((name) => cut(name, width));
  const format = new Intl.DateTimeFormat(tag, {
    month: width,
    timeZone: "UTC",
    calendar: "gregory",
    ...(isStandalone || width === "narrow" ? {} : { day: "numeric" }),
  });
  return ENGLISH_MONTHS.map((_, index) =>
    partOf(format, Temporal.PlainDate.from({ year: 2023, month: index + 1, day: 1 }), "month"),
  );
}

/** Names of the days from Monday to Sunday. */
export function dayNames(tag: string, width: NameWidth): readonly string[] {
  if (isEnglish(tag)) return ENGLISH_DAYS.map((name) => cut(name, width));
  const format = new Intl.DateTimeFormat(tag, { weekday: width, timeZone: "UTC" });
  // The second of January 2023 was a Monday.
  return ENGLISH_DAYS.map((_, index) =>
    partOf(format, Temporal.PlainDate.from({ year: 2023, month: 1, day: 2 + index }), "weekday"),
  );
}

/** The two halves of the day. */
export function dayPeriods(tag: string): readonly [string, string] {
  if (isEnglish(tag)) return ["AM", "PM"];
  const format = new Intl.DateTimeFormat(tag, { hour: "numeric", hour12: true, timeZone: "UTC" });
  const text = (hour: number): string =>
    format.formatToParts(hour * 3_600_000).find((part) => part.type === "dayPeriod")?.value ?? "";
  return [text(9), text(15)];
}

/** The part of the day that a time is in: `in the afternoon`. */
export function dayPeriod(tag: string, time: { readonly hour: number; readonly minute: number }): string {
  const { hour, minute } = time;
  if (!isEnglish(tag)) {
    const format = new Intl.DateTimeFormat(tag, { hour: "numeric", dayPeriod: "long", hour12: true, timeZone: "UTC" });
    return format.formatToParts(hour * 3_600_000).find((part) => part.type === "dayPeriod")?.value ?? "";
  }
  if (hour % 12 === 0 && minute === 0) return hour === 0 ? "midnight" : "noon";
  if (hour < 6 || hour >= 21) return "at night";
  if (hour < 12) return "in the morning";
  return hour < 18 ? "in the afternoon" : "in the evening";
}

/** First day of the week (1 = Monday) and the days a week needs in a year to count as its first. */
export function weekRules(tag: string): { firstDay: number; minimalDays: number } {
  const { firstDay } = new Intl.Locale(tag).getWeekInfo();
  // Countries whose weeks begin on a Monday count them as ISO does.
  return { firstDay, minimalDays: firstDay === 1 ? 4 : 1 };
}

function isEnglish(tag: string): boolean {
  return tag === "en" || tag === "en-US";
}

function cut(name: string, width: NameWidth): string {
  if (width === "long") return name;
  return name.slice(0, width === "short" ? 3 : 1);
}

function partOf(format: Intl.DateTimeFormat, date: Temporal.PlainDate, type: "month" | "weekday"): string {
  const milliseconds = date.toZonedDateTime("UTC").epochMilliseconds;
  return format.formatToParts(milliseconds).find((part) => part.type === type)?.value ?? "";
}
