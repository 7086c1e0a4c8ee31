import { type Moment, momentOf } from "./iso.ts";
import { parsePattern, type PatternElement } from "./pattern.ts";

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/**
 * Reads texts by a Java pattern, or else as ISO-8601, which is how data files have dates that were dates before. Answers undefined for
 * other texts. Throws `TaskFailure` for a pattern that can't be read.
 */
export function parserOf(pattern: string): (text: string) => Moment | undefined {
  const expression = new RegExp(`^${expressionOf(parsePattern(pattern))}$`, "i");
  return (text) => {
    const fields = expression.exec(text)?.groups;
    return (fields === undefined ? undefined : momentOfFields(fields)) ?? momentOf(text);
  };
}

function expressionOf(elements: readonly PatternElement[]): string {
  return elements
    .map((element) => {
      if (element.kind === "literal") return RegExp.escape(element.text);
      if (element.kind === "optional") return `(?:${expressionOf(element.elements)})?`;
      return fieldExpression(element.letter, element.count);
    })
    .join("");
}

/** A letter may stand twice: what is read first counts. */
function fieldExpression(letter: string, count: number): string {
  const digits = count === 1 ? String.raw`\d{1,9}` : String.raw`\d{${count}}`;
  switch (letter) {
    case "u":
    case "y":
      return `(?<year>${digits})`;
    case "M":
    case "L":
      return count < 3 ? `(?<month>${digits})` : "(?<monthName>[a-z]{3,9})";
    case "d":
      return `(?<day>${digits})`;
    case "H":
    case "k":
      return `(?<hour>${digits})`;
    case "h":
    case "K":
      return `(?<halfHour>${digits})`;
    case "m":
      return `(?<minute>${digits})`;
    case "s":
      return `(?<second>${digits})`;
    case "S":
      return String.raw`(?<fraction>\d{${count}})`;
    case "a":
      return "(?<period>AM|PM)";
    case "X":
    case "x":
    case "Z":
      return String.raw`(?<offset>Z|[+-]\d{2}(?::?\d{2})?)`;
    case "E":
      return "[a-z]{3,9}";
    default:
      return String.raw`\d+`;
  }
}

type Fields = Readonly<Record<string, string | undefined>>;

function momentOfFields(fields: Fields): Moment | undefined {
  const month = fields["month"] ?? monthOf(fields["monthName"]);
  const { year, day = "1", offset } = fields;
  const hour = hourOf(fields);
  try {
    const date = year === undefined ? undefined : dateOf(year, month ?? "1", day);
    const time = hour === undefined ? undefined : timeOf(hour, fields);
    return {
      ...(date !== undefined && { date }),
      ...(time !== undefined && { time }),
      ...(offset !== undefined && { offset: offsetOf(offset) }),
    };
  } catch {
    return undefined; // The 30th of February is no date.
  }
}

function dateOf(year: string, month: string, day: string): Temporal.PlainDate {
  const fields = { year: Number(year) + (year.length === 2 ? 2_000 : 0), month: Number(month), day: Number(day) };
  return Temporal.PlainDate.from(fields, { overflow: "reject" });
}

function timeOf(hour: number, { minute = "0", second = "0", fraction = "" }: Fields): Temporal.PlainTime {
  const nanoseconds = fraction.padEnd(9, "0");
  const time = {
    hour,
    minute: Number(minute),
    second: Number(second),
    millisecond: Number(nanoseconds.slice(0, 3)),
    microsecond: Number(nanoseconds.slice(3, 6)),
    nanosecond: Number(nanoseconds.slice(6, 9)),
  };
  return Temporal.PlainTime.from(time, { overflow: "reject" });
}

function hourOf({ hour, halfHour, period }: Fields): number | undefined {
  if (hour !== undefined) return Number(hour) % 24;
  if (halfHour === undefined) return undefined;
  return (Number(halfHour) % 12) + (period?.toUpperCase() === "PM" ? 12 : 0);
}

function monthOf(name: string | undefined): string | undefined {
  const index = name === undefined ? -1 : MONTHS.indexOf(name.slice(0, 3).toLowerCase());
  return index === -1 ? undefined : String(index + 1);
}

function offsetOf(text: string): string {
  if (text.toUpperCase() === "Z") return "Z";
  return text.includes(":") ? text : `${text.slice(0, 3)}:${text.slice(3).padEnd(2, "0")}`;
}
