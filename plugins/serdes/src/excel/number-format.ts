import type { Moment } from "../dates/iso.ts";
import { parsePattern, type PatternElement } from "../dates/pattern.ts";

const LETTERS: Readonly<Record<string, (count: number) => string>> = {
  u: (count) => "y".repeat(count === 2 ? 2 : 4),
  y: (count) => "y".repeat(count === 2 ? 2 : 4),
  M: (count) => "m".repeat(count),
  L: (count) => "m".repeat(count),
  d: (count) => "d".repeat(count),
  E: (count) => "d".repeat(count === 4 ? 4 : 3),
  a: () => "AM/PM",
  H: (count) => "h".repeat(count),
  k: (count) => "h".repeat(count),
  K: (count) => "h".repeat(count),
  h: (count) => "h".repeat(count),
  m: (count) => "m".repeat(count),
  s: (count) => "s".repeat(count),
  // Excel knows milliseconds at most.
  S: (count) => "0".repeat(Math.min(count, 3)),
};

/** The number format of Excel for a Java pattern. What Excel lacks is left out: offsets, days of the year. */
export function numberFormatOf(pattern: string): string {
  return written(parsePattern(pattern));
}

function written(elements: readonly PatternElement[]): string {
  return elements
    .map((element) => {
      if (element.kind === "optional") return written(element.elements);
      if (element.kind === "field") return LETTERS[element.letter]?.(element.count) ?? "";
      return element.text === "." ? "." : element.text.replaceAll(/./gsu, String.raw`\$&`);
    })
    .join("");
}

const BUILT_IN: Readonly<Record<number, string>> = {
  14: "m/d/yy",
  15: "d-mmm-yy",
  16: "d-mmm",
  17: "mmm-yy",
  18: "h:mm AM/PM",
  19: "h:mm:ss AM/PM",
  20: "h:mm",
  21: "h:mm:ss",
  22: "m/d/yy h:mm",
  45: "mm:ss",
  46: "[h]:mm:ss",
  47: "mm:ss.0",
};

/** The format of dates and times that every workbook has under a number; undefined for others. */
export function builtInDateFormat(id: number): string | undefined {
  const isEastAsian = (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
  return BUILT_IN[id] ?? (isEastAsian ? BUILT_IN[14] : undefined);
}

const QUOTED = /"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/giu;

/** Whether a number format shows dates or times. */
export function isDateFormat(code: string): boolean {
  const [shown = ""] = code.split(";");
  return !/^general$/iu.test(shown) && /[ymdhs]/iu.test(shown.replaceAll(QUOTED, ""));
}

/** Whether a number format of dates shows their time. */
export function showsTime(code: string): boolean {
  return /[hs]/iu.test(code.replaceAll(QUOTED, ""));
}

const TOKEN =
  /"(?<quoted>[^"]*)"|[\\_](?<escaped>.)|(?<period>AM\/PM|A\/P)|\[(?<elapsed>h+|m+|s+)\]|\[[^\]]*\]|(?<field>y+|m+|d+|h+|s+)|\.(?<fraction>0+)|(?<other>.)/giu;
const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");

/** Shows a moment as Excel does by a number format. `serial` is its number, of which elapsed hours are counted. */
export function shownBy(code: string, { date, time }: Required<Pick<Moment, "date" | "time">>, serial: number): string {
  const tokens = Array.from((code.split(";")[0] ?? "").matchAll(TOKEN), ({ groups = {} }) => groups);
  const isTwelve = tokens.some(({ period }) => period !== undefined);
  return tokens
    .map(({ quoted, escaped, period, elapsed, field = "", fraction, other }, at) => {
      if (period !== undefined) return time.hour < 12 ? "AM" : "PM";
      if (elapsed !== undefined) return String(Math.floor(serial * PER_DAY[elapsed[0]!.toLowerCase()]! + 1e-9));
      if (fraction !== undefined) return `.${String(time.millisecond).padStart(3, "0").slice(0, fraction.length)}`;
      const letter = field.toLowerCase()[0];
      if (letter === "y") return field.length > 2 ? String(date.year) : String(date.year % 100).padStart(2, "0");
      if (letter === "d") return dayText(date, field.length);
      if (letter === "h") return padded(isTwelve ? time.hour % 12 || 12 : time.hour, field);
      if (letter === "s") return padded(time.second, field);
      if (letter === "m") return isMinute(tokens, at) ? padded(time.minute, field) : monthText(date, field.length);
      return quoted ?? escaped ?? other ?? "";
    })
    .join("");
}

const PER_DAY: Readonly<Record<string, number>> = { h: 24, m: 1_440, s: 86_400 };

type Token = Partial<Record<string, string>>;

/** `m` is a minute behind hours and before seconds, and a month elsewhere. */
function isMinute(tokens: readonly Token[], at: number): boolean {
  const fieldOf = ({ field, elapsed }: Token) => (field ?? elapsed)?.toLowerCase()[0];
  const before = tokens.slice(0, at).findLast((token) => fieldOf(token) !== undefined);
  const behind = tokens.slice(at + 1).find((token) => fieldOf(token) !== undefined);
  return (before !== undefined && fieldOf(before) === "h") || (behind !== undefined && fieldOf(behind) === "s");
}

function dayText(date: Temporal.PlainDate, count: number): string {
  const name = DAYS[date.dayOfWeek - 1]!;
  if (count > 2) return count === 3 ? name.slice(0, 3) : name;
  return String(date.day).padStart(count, "0");
}

function monthText(date: Temporal.PlainDate, count: number): string {
  const name = MONTHS[date.month - 1]!;
  if (count > 2) return count === 3 ? name.slice(0, 3) : name;
  return String(date.month).padStart(count, "0");
}

function padded(value: number, field: string): string {
  return String(value).padStart(Math.min(field.length, 2), "0");
}
