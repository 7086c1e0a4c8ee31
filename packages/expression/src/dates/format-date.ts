import { ExpressionError } from "../errors.ts";
import { dayNames, dayPeriod, dayPeriods, monthNames, type NameWidth, weekRules } from "./names.ts";
import { parsePattern, type PatternElement } from "./pattern.ts";
import { zoneName } from "./zone-name.ts";

type Zoned = Temporal.ZonedDateTime;

/** Formats by a Java pattern. `tag` is a BCP 47 locale, for names and weeks. */
export function formatPattern(date: Zoned, pattern: string, tag: string): string {
  return formatElements(date, parsePattern(pattern), tag);
}

function formatElements(date: Zoned, elements: readonly PatternElement[], tag: string): string {
  return elements
    .map((element) => {
      if (element.kind === "literal") return element.text;
      if (element.kind === "optional") return formatElements(date, element.elements, tag);
      return padded(element, FIELDS[element.letter]?.(date, element.count, tag) ?? "");
    })
    .join("");
}

function padded({ letter, pad = 0 }: PatternElement & { kind: "field" }, text: string): string {
  if (pad > 0 && text.length > pad)
    throw new ExpressionError("VALUE", `"${text}" of the letter ${letter} is longer than the ${pad} of its padding`);
  return text.padStart(pad);
}

type Field = (date: Zoned, count: number, tag: string) => string;

const number =
  (read: (date: Zoned) => number): Field =>
  (date, count) =>
    String(read(date)).padStart(count, "0");

const FIELDS: Readonly<Record<string, Field>> = {
  G: (date, count) => {
    const isCommon = date.year > 0;
    if (count === 4) return isCommon ? "Anno Domini" : "Before Christ";
    if (count === 5) return isCommon ? "A" : "B";
    return isCommon ? "AD" : "BC";
  },
  u: (date, count) => yearText(date.year, count),
  y: (date, count) => yearText(date.year > 0 ? date.year : 1 - date.year, count),
  Y: (date, count, tag) => yearText(weekOfYear(date, tag).year, count),
  Q: quarter,
  q: quarter,
  M: (date, count, tag) => monthText(date, count, tag, false),
  L: (date, count, tag) => monthText(date, count, tag, true),
  w: (date, count, tag) => String(weekOfYear(date, tag).week).padStart(count, "0"),
  W: (date, count, tag) => String(weekOfMonth(date, tag)).padStart(count, "0"),
  D: number((date) => date.dayOfYear),
  d: number((date) => date.day),
  g: number(modifiedJulianDay),
  F: number((date) => Math.floor((date.day - 1) / 7) + 1),
  E: (date, count, tag) => dayNames(tag, widthOf(count))[date.dayOfWeek - 1]!,
  e: dayOfWeekText,
  c: dayOfWeekText,
  a: (date, _count, tag) => dayPeriods(tag)[date.hour < 12 ? 0 : 1],
  B: (date, _count, tag) => dayPeriod(tag, date),
  H: number((date) => date.hour),
  k: number((date) => (date.hour === 0 ? 24 : date.hour)),
  K: number((date) => date.hour % 12),
  h: number((date) => date.hour % 12 || 12),
  m: number((date) => date.minute),
  s: number((date) => date.second),
  S: (date, count) => String(nanoOfSecond(date)).padStart(9, "0").padEnd(count, "0").slice(0, count),
  n: number(nanoOfSecond),
  A: number((date) => Math.floor(nanoOfDay(date) / 1_000_000)),
  N: number(nanoOfDay),
  V: (date) => date.timeZoneId,
  v: (date, count, tag) => zoneName(date, count === 4 ? "longGeneric" : "shortGeneric", tag),
  z: (date, count, tag) => zoneName(date, count === 4 ? "long" : "short", tag),
  O: (date, count) => `GMT${date.offsetNanoseconds === 0 ? "" : localizedOffset(date, count === 4)}`,
  X: (date, count) => (date.offsetNanoseconds === 0 ? "Z" : offsetText(date, count)),
  x: (date, count) => offsetText(date, count),
  Z: (date, count) => {
    if (count === 4) return `GMT${date.offsetNanoseconds === 0 ? "" : offsetText(date, 3)}`;
    if (count === 5) return date.offsetNanoseconds === 0 ? "Z" : offsetText(date, 3);
    return offsetText(date, 2);
  },
};

/** The day that the letter `g` counts from. */
export const MODIFIED_JULIAN_START = Temporal.PlainDate.from("1858-11-17");

/** `+02`, `+0200` or `+02:00` for widths 1, 2 and 3; seconds of an offset are added by widths 4 and 5. */
export function offsetText(date: Zoned, width: number): string {
  const total = Math.abs(date.offsetNanoseconds) / 1_000_000_000;
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const colon = width === 3 || width === 5 ? ":" : "";
  let text = `${date.offsetNanoseconds < 0 ? "-" : "+"}${two(hours)}`;
  if (width > 1 || minutes > 0) text += colon + two(minutes);
  if (width > 3 && seconds > 0) text += colon + two(seconds);
  return text;
}

/** The nanosecond within its second. */
export function nanoOfSecond(date: Zoned): number {
  return date.millisecond * 1_000_000 + date.microsecond * 1_000 + date.nanosecond;
}

function nanoOfDay(date: Zoned): number {
  return ((date.hour * 60 + date.minute) * 60 + date.second) * 1_000_000_000 + nanoOfSecond(date);
}

/** Days since 17 November 1858. */
function modifiedJulianDay(date: Zoned): number {
  return MODIFIED_JULIAN_START.until(date.toPlainDate(), { largestUnit: "days" }).days;
}

function yearText(year: number, count: number): string {
  if (count === 2) return two(((year % 100) + 100) % 100);
  const digits = String(Math.abs(year)).padStart(count, "0");
  const isLong = count >= 4 && digits.length > count && year > 0;
  return `${year < 0 ? "-" : ""}${isLong ? "+" : ""}${digits}`;
}

function quarter(date: Zoned, count: number): string {
  const value = Math.floor((date.month - 1) / 3) + 1;
  if (count === 3) return `Q${value}`;
  if (count === 4) return `${value}${["st", "nd", "rd", "th"][value - 1]} quarter`;
  return String(value).padStart(count === 5 ? 1 : count, "0");
}

function monthText(date: Zoned, count: number, tag: string, isStandalone: boolean): string {
  if (count <= 2) return String(date.month).padStart(count, "0");
  return monthNames(tag, widthOf(count), isStandalone)[date.month - 1]!;
}

function dayOfWeekText(date: Zoned, count: number, tag: string): string {
  if (count > 2) return dayNames(tag, widthOf(count))[date.dayOfWeek - 1]!;
  const value = ((date.dayOfWeek - weekRules(tag).firstDay + 7) % 7) + 1;
  return String(value).padStart(count, "0");
}

function widthOf(count: number): NameWidth {
  if (count === 4) return "long";
  return count === 5 ? "narrow" : "short";
}

function weekOfYear(date: Zoned, tag: string): { week: number; year: number } {
  const { year } = date;
  const week = weekIn(date.dayOfYear, date, tag);
  if (week === 0) {
    const last = date.toPlainDate().with({ month: 1, day: 1 }).subtract({ days: 1 });
    return { week: weekIn(last.dayOfYear, last, tag), year: year - 1 };
  }
  const next = date.toPlainDate().with({ month: 12, day: 31 }).add({ days: 1 });
  const isInNext = weekIn(date.dayOfYear - date.daysInYear, date, tag, next.dayOfWeek) >= 1;
  return isInNext ? { week: 1, year: year + 1 } : { week, year };
}

function weekOfMonth(date: Zoned, tag: string): number {
  return weekIn(date.day, date, tag);
}

/** Number of the week that holds a day, counted in a period whose first day is `day` - 1 days before it; 0 before the first. */
function weekIn(day: number, date: { dayOfWeek: number }, tag: string, firstWeekday?: number): number {
  const { firstDay, minimalDays } = weekRules(tag);
  const startWeekday = firstWeekday ?? ((((date.dayOfWeek - day) % 7) + 7) % 7) + 1;
  const daysBefore = (startWeekday - firstDay + 7) % 7;
  const isFirstWhole = 7 - daysBefore >= minimalDays;
  return Math.floor((day - 1 + daysBefore) / 7) + (isFirstWhole ? 1 : 0);
}

function localizedOffset(date: Zoned, isLong: boolean): string {
  if (isLong) return offsetText(date, 3);
  const minutes = Math.abs(date.offsetNanoseconds) / 60_000_000_000;
  const sign = date.offsetNanoseconds < 0 ? "-" : "+";
  const rest = minutes % 60;
  return `${sign}${Math.floor(minutes / 60)}${rest === 0 ? "" : `:${two(rest)}`}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
