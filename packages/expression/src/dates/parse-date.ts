import { ExpressionError } from "../errors.ts";
import { dayNames, dayPeriods, monthNames } from "./names.ts";
import { parsePattern, type PatternElement } from "./pattern.ts";
import { toTimeZone } from "./time-zone.ts";

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
  return assemble(text, fields, timeZone);
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
      offset = readField(text, offset, element, fields, tag, isNumeric(elements[index + 1]));
      if (offset === -1) return -1;
    }
  }
  return offset;
}

function isNumeric(element: PatternElement | undefined): boolean {
  if (element?.kind !== "field") return false;
  return "uyYDdhHkKmsSnAN".includes(element.letter) || ("MLQq".includes(element.letter) && element.count <= 2);
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

function assemble(text: string, { numbers, zone }: Fields, timeZone: string): Temporal.ZonedDateTime {
  const of = (letter: string, fallback: number): number => numbers.get(letter) ?? fallback;
  const year = numbers.get("y") ?? numbers.get("Y");
  if (year === undefined) {
    throw new ExpressionError("VALUE", `The date "${text}" has no year`, { hint: "Add yyyy to existingFormat." });
  }
  const nano = of("n", 0);
  try {
    const first = Temporal.PlainDateTime.from(
      {
        year,
        month: of("M", 1),
        day: of("d", 1),
        hour: hourOf(numbers),
        minute: of("m", 0),
        second: of("s", 0),
        millisecond: Math.floor(nano / 1_000_000),
        microsecond: Math.floor(nano / 1_000) % 1_000,
        nanosecond: nano % 1_000,
      },
      { overflow: "reject" },
    );
    const dayOfYear = numbers.get("D");
    const local = dayOfYear === undefined ? first : first.add({ days: dayOfYear - 1 });
    return local.toZonedDateTime(toTimeZone(zone ?? timeZone));
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    throw new ExpressionError("VALUE", `"${text}" is no date that exists`, { cause: error });
  }
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
