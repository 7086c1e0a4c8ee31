import { TaskFailure } from "@capstan/sdk";
import type { Moment } from "./iso.ts";

/** A piece of a pattern of Java's DateTimeFormatter. */
export type PatternElement =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "field"; readonly letter: string; readonly count: number }
  /** `[…]`: left out when the moment lacks what it asks for. */
  | { readonly kind: "optional"; readonly elements: readonly PatternElement[] };

const PIECE =
  /'(?<quoted>(?:[^']|'')*)'|(?<bracket>[[\]])|(?<field>(?<letter>[A-Za-z])\k<letter>*)|(?<other>[^'{}#])/uy;

const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");

/** Reads a pattern such as `yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]`. Throws `TaskFailure` for what isn't known here. */
export function parsePattern(pattern: string): readonly PatternElement[] {
  const stack: PatternElement[][] = [[]];
  for (let at = 0; at < pattern.length; at = PIECE.lastIndex) {
    PIECE.lastIndex = at;
    const groups = PIECE.exec(pattern)?.groups;
    if (groups === undefined) throw patternError(pattern, `${pattern.slice(at)} means nothing`);
    const { quoted, bracket, field, letter = "", other } = groups;
    const elements = stack.at(-1)!;
    if (bracket === "[") {
      const inner: PatternElement[] = [];
      elements.push({ kind: "optional", elements: inner });
      stack.push(inner);
    } else if (bracket === "]") {
      stack.pop();
      if (stack.length === 0) throw patternError(pattern, 'there is a "]" without "["');
    } else if (field !== undefined) {
      if (!(letter in FIELDS)) throw patternError(pattern, `the letter ${letter} is not known here`);
      elements.push({ kind: "field", letter, count: field.length });
    } else {
      elements.push({ kind: "literal", text: quoted === "" ? "'" : (quoted?.replaceAll("''", "'") ?? other ?? "") });
    }
  }
  return stack[0]!;
}

/** Writes moments by a pattern. Throws `TaskFailure` for a pattern that asks for what a moment lacks. */
export function formatterOf(pattern: string): (moment: Moment) => string {
  const elements = parsePattern(pattern);
  return (moment) => {
    const text = formatted(elements, moment);
    if (text !== undefined) return text;
    const has = [moment.date && "a date", moment.time && "a time", moment.offset && "an offset"];
    throw new TaskFailure(
      `The format "${pattern}" asks for more than a value has, which is ${has.filter(Boolean).join(" and ")}. ` +
        "Put what may be missing between [ and ].",
    );
  };
}

function formatted(elements: readonly PatternElement[], moment: Moment): string | undefined {
  let result = "";
  for (const element of elements) {
    if (element.kind === "literal") result += element.text;
    else if (element.kind === "optional") result += formatted(element.elements, moment) ?? "";
    else {
      const text = FIELDS[element.letter]!(moment, element.count);
      if (text === undefined) return undefined;
      result += text;
    }
  }
  return result;
}

type Field = (moment: Moment, count: number) => string | undefined;

const ofDate =
  (read: (date: Temporal.PlainDate, count: number) => number | string): Field =>
  ({ date }, count) =>
    date && padded(read(date, count), count);
const ofTime =
  (read: (time: Temporal.PlainTime, count: number) => number | string): Field =>
  ({ time }, count) =>
    time && padded(read(time, count), count);
const year = ofDate(({ year }, count) => (count === 2 ? year % 100 : year));
const month = ofDate(({ month }, count) => (count < 3 ? month : named(MONTHS[month - 1]!, count)));

const FIELDS: Readonly<Record<string, Field>> = {
  u: year,
  y: year,
  M: month,
  L: month,
  d: ofDate(({ day }) => day),
  D: ofDate(({ dayOfYear }) => dayOfYear),
  E: ofDate(({ dayOfWeek }, count) => named(DAYS[dayOfWeek - 1]!, count)),
  a: ofTime(({ hour }) => (hour < 12 ? "AM" : "PM")),
  H: ofTime(({ hour }) => hour),
  k: ofTime(({ hour }) => hour || 24),
  K: ofTime(({ hour }) => hour % 12),
  h: ofTime(({ hour }) => hour % 12 || 12),
  m: ofTime(({ minute }) => minute),
  s: ofTime(({ second }) => second),
  S: ofTime((time, count) => String(nanoOfSecond(time)).padStart(9, "0").padEnd(count, "0").slice(0, count)),
  n: ofTime(nanoOfSecond),
  X: ({ offset }, count) => offset && (isUtc(offset) ? "Z" : offsetText(offset, count)),
  x: ({ offset }, count) => offset && offsetText(offset, count),
  Z: ({ offset }, count) => offset && (count === 5 && isUtc(offset) ? "Z" : offsetText(offset, count < 4 ? 2 : 3)),
};

function padded(value: number | string, count: number): string {
  return typeof value === "string" ? value : String(value).padStart(count, "0");
}

function named(name: string, count: number): string {
  if (count === 4) return name;
  return name.slice(0, count === 5 ? 1 : 3);
}

function nanoOfSecond({ millisecond, microsecond, nanosecond }: Temporal.PlainTime): number {
  return (millisecond * 1_000 + microsecond) * 1_000 + nanosecond;
}

function isUtc(offset: string): boolean {
  return /^(?:Z|[+-]00:00)$/.test(offset);
}

/** `+02`, `+0200` or `+02:00` for one, two and more letters; minutes are never lost. */
function offsetText(offset: string, count: number): string {
  const full = isUtc(offset) ? "+00:00" : offset;
  if (count > 2) return full;
  return count === 1 && full.endsWith(":00") ? full.slice(0, 3) : full.replace(":", "");
}

function patternError(pattern: string, reason: string): TaskFailure {
  return new TaskFailure(
    `The date format "${pattern}" can't be read: ${reason}. Formats are Java's, such as dd/MM/yyyy HH:mm:ss; ` +
      `known letters are ${Object.keys(FIELDS).join(" ")}, and letters of text stand between single quotes.`,
  );
}
