import { ExpressionError } from "../errors.ts";
import { MODIFIED_JULIAN_START } from "./format-date.ts";
import { dayNames, dayPeriods, monthNames, weekRules } from "./names.ts";
import { parsePattern, type PatternElement } from "./pattern.ts";
import { toTimeZone } from "./time-zone.ts";
import { ZONES_BY_ABBREVIATION } from "./zone-name.ts";

/** What was read so far, by the letter of the pattern; offsets and zones under `zone`. */
interface Fields {
  numbers: Map<string, number>;
  zone?: string;
}

/** Reads a text by a Java pattern. A text without zone is taken in `timeZone`, one without time at the start of the day. */
export function parseByPattern(text: string, pattern: string, timeZone: string, tag: string): Temporal.ZonedDateTime {
  const fields: Fields = { numbers: new Map() };
  const end = readElements(text, 0, parsePattern(pattern), fields, tag);
  if (end !== text.length) {
    throw new ExpressionError("VALUE", `The date "${text}" doesn't match the pattern "${pattern}"`);
  }
  return assemble(text, fields, timeZone, tag);
}

/** Answers the offset behind what was read, -1 when the text doesn't match. */
function readElements(
  text: string,
  start: number,
  elements: readonly PatternElement[],
  fields: Fields,
  tag: string,
): number {
  let offset = start;
  for (const [index, element] of elements.entries()) {
    if (element.kind === "literal") {
      if (!text.startsWith(element.text, offset)) return -1;
      offset += element.text.length;
    } else if (element.kind === "optional") {
      const attempt: Fields = { ...fields, numbers: new Map(fields.numbers) };
      const end = readElements(text, offset, element.elements, attempt, tag);
      if (end !== -1) {
        Object.assign(fields, attempt);
        offset = end;
      }
    } else {
      offset = readPadded(text, offset, element, fields, tag, isNumeric(elements[index + 1]));
      if (offset === -1) return -1;
    }
  }
  return offset;
}

function isNumeric(element: PatternElement | undefined): boolean {
  if (element?.kind !== "field") return false;
  return "uyYDdghHkKmsSnANwWF".includes(element.letter) || ("MLQq".includes(element.letter) && element.count <= 2);
}

/** A padded field is as wide as its padding says, spaces in front. */
function readPadded(
  text: string,
  offset: number,
  element: PatternElement & { kind: "field" },
  fields: Fields,
  tag: string,
  isFollowedByDigits: boolean,
): number {
  if (element.pad === undefined) return readField(text, offset, element, fields, tag, isFollowedByDigits);
  const end = offset + element.pad;
  let start = offset;
  while (start < end && text[start] === " ") start += 1;
  return readField(text.slice(0, end), start, element, fields, tag, false) === end ? end : -1;
}

function readField(
  text: string,
  offset: number,
  { letter, count }: PatternElement & { kind: "field" },
  fields: Fields,
  tag: string,
  isFollowedByDigits: boolean,
): number {
  if ((letter === "M" || letter === "L") && count > 2) {
    return readName(text, offset, monthNames(tag, count === 3 ? "short" : "long", letter === "L"), "M", fields);
  }
  if (letter === "E" || ((letter === "e" || letter === "c") && count > 2)) {
    return readName(text, offset, dayNames(tag, count === 4 ? "long" : "short"), "E", fields);
  }
  if (letter === "a") return readName(text, offset, dayPeriods(tag), "a", fields);
  if ("VvzOXxZ".includes(letter)) return readZone(text, offset, fields);
  if (letter === "G") return text.startsWith("AD", offset) ? offset + 2 : -1;
  const isFixed = isFollowedByDigits || count > 1;
  const isLongYear = (letter === "y" || letter === "u") && count === 4 && !isFollowedByDigits;
  const width = isFixed && !isLongYear ? `{${count}}` : isLongYear ? "{4,10}" : "{1,19}";
  const digits = new RegExp(`[0-9]${width}`, "uy");
  digits.lastIndex = offset;
  const found = digits.exec(text)?.[0];
  if (found === undefined) return -1;
  if (letter === "S") fields.numbers.set("n", Number(found.slice(0, 9).padEnd(9, "0")));
  else if ((letter === "y" || letter === "u") && count === 2) fields.numbers.set("y", 2000 + Number(found));
  else fields.numbers.set(letter === "u" ? "y" : letter === "L" ? "M" : letter, Number(found));
  return offset + found.length;
}

function readName(text: string, offset: number, names: readonly string[], letter: string, fields: Fields): number {
  const rest = text.slice(offset).toLowerCase();
  let best = -1;
  for (const [index, name] of names.entries()) {
    const isLonger = best === -1 || name.length > names[best]!.length;
    if (name !== "" && isLonger && rest.startsWith(name.toLowerCase())) best = index;
  }
  if (best === -1) return -1;
  fields.numbers.set(letter, letter === "a" ? best : best + 1);
  return offset + names[best]!.length;
}

const ZONE = /Z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?(?::?\d{2})?|[A-Za-z]+(?:[/_-][A-Za-z_]+)*/uy;

function readZone(text: string, offset: number, fields: Fields): number {
  ZONE.lastIndex = offset;
  const found = ZONE.exec(text)?.[0];
  if (found === undefined) return -1;
  fields.zone = found;
  return offset + found.length;
}

function assemble(text: string, { numbers, zone }: Fields, timeZone: string, tag: string): Temporal.ZonedDateTime {
  const year = numbers.get("y") ?? numbers.get("Y");
  if (year === undefined && !numbers.has("g")) {
    throw new ExpressionError("VALUE", `The date "${text}" has no year`, { hint: "Add yyyy to existingFormat." });
  }
  try {
    const local = dayOf(numbers, year ?? 0, tag).toPlainDateTime(timeOf(numbers));
    return local.toZonedDateTime(toTimeZone((zone === undefined ? undefined : zoneOf(zone)) ?? timeZone));
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    throw new ExpressionError("VALUE", `"${text}" is no date that exists`, { cause: error });
  }
}

/** `CEST` stands for the zone that has it. */
function zoneOf(name: string): string {
  return ZONES_BY_ABBREVIATION[name.toUpperCase()] ?? name;
}

function dayOf(numbers: ReadonlyMap<string, number>, year: number, tag: string): Temporal.PlainDate {
  const [week, dayOfYear, julian] = ["w", "D", "g"].map((letter) => numbers.get(letter));
  if (julian !== undefined) return MODIFIED_JULIAN_START.add({ days: julian });
  if (week !== undefined && numbers.has("Y")) return dayOfWeek(numbers, year, week, tag);
  if (dayOfYear !== undefined) return Temporal.PlainDate.from({ year, month: 1, day: 1 }).add({ days: dayOfYear - 1 });
  const date = { year, month: numbers.get("M") ?? 1, day: numbers.get("d") ?? 1 };
  return Temporal.PlainDate.from(date, { overflow: "reject" });
}

/** The day of a week of a week-based year; its first without a day. */
function dayOfWeek(numbers: ReadonlyMap<string, number>, year: number, week: number, tag: string): Temporal.PlainDate {
  const { firstDay, minimalDays } = weekRules(tag);
  const newYear = Temporal.PlainDate.from({ year, month: 1, day: 1 });
  const daysBefore = (newYear.dayOfWeek - firstDay + 7) % 7;
  const first = newYear.add({ days: (7 - daysBefore >= minimalDays ? 0 : 7) - daysBefore });
  const named = numbers.get("E");
  const day = numbers.get("e") ?? numbers.get("c") ?? (named === undefined ? 1 : ((named - firstDay + 7) % 7) + 1);
  return first.add({ weeks: week - 1, days: day - 1 });
}

function timeOf(numbers: ReadonlyMap<string, number>): Temporal.PlainTime {
  const sinceMidnight = numbers.get("N") ?? (numbers.get("A") ?? 0) * 1_000_000;
  if (sinceMidnight > 0) return new Temporal.PlainTime().add({ nanoseconds: sinceMidnight });
  const nano = numbers.get("n") ?? 0;
  return Temporal.PlainTime.from(
    {
      hour: hourOf(numbers),
      minute: numbers.get("m") ?? 0,
      second: numbers.get("s") ?? 0,
      millisecond: Math.floor(nano / 1_000_000),
      microsecond: Math.floor(nano / 1_000) % 1_000,
      nanosecond: nano % 1_000,
    },
    { overflow: "reject" },
  );
}

function hourOf(numbers: ReadonlyMap<string, number>): number {
  const hour = numbers.get("H");
  if (hour !== undefined) return hour;
  const counted = numbers.get("k");
  if (counted !== undefined) return counted % 24;
  const half = numbers.get("h") ?? numbers.get("K");
  if (half === undefined) return 0;
  return (half % 12) + (numbers.get("a") === 1 ? 12 : 0);
}
