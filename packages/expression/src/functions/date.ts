import { ExpressionError } from "../errors.ts";
import { isPublicHoliday, unknownHolidays } from "../dates/holidays.ts";
import { toZoned } from "../dates/zoned.ts";
import { type Example, type FunctionDefinition, optional, required } from "../evaluation/definition.ts";
import type { Runtime } from "../evaluation/runtime.ts";
import { DATE_PARAMETERS, formatted } from "../filters/date.ts";
import { isList, toArray } from "../values/maps.ts";
import { toText } from "../values/text.ts";

const DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
const POSITIONS = ["FIRST", "SECOND", "THIRD", "FOURTH", "LAST"];

/** Functions on dates. */
export const dateFunctions: readonly FunctionDefinition[] = [
  {
    name: "now",
    summary: "The current time as text.",
    example: ["now('yyyy-MM-dd')", "2024-01-01"],
    parameters: DATE_PARAMETERS,
    call: ([format, timeZone, , locale], runtime) => {
      const moment = Temporal.Instant.fromEpochMilliseconds(Math.floor(runtime.environment.now()));
      return formatted(moment, [format, timeZone, undefined, locale], runtime, (date) => date);
    },
  },
  {
    name: "isDateBefore",
    summary: "Whether a date is earlier than another. Without a zone they are in UTC.",
    example: ["isDateBefore('2024-01-01', '2024-01-02T00:00:00+01:00')", "true"],
    parameters: [required("date"), required("reference")],
    call: ([date, reference]) => Temporal.Instant.compare(instant(date), instant(reference)) < 0,
  },
  {
    name: "isDateAfter",
    summary: "Whether a date is later than another. Without a zone they are in UTC.",
    example: ["isDateAfter('2024-01-02', '2024-01-01T12:00:00Z')", "true"],
    parameters: [required("date"), required("reference")],
    call: ([date, reference]) => Temporal.Instant.compare(instant(date), instant(reference)) > 0,
  },
  {
    name: "isDateBetween",
    summary: "Whether a date is later than one and earlier than another. Without a zone they are in UTC.",
    example: ["isDateBetween('2024-01-02', '2024-01-01', '2024-01-03')", "true"],
    parameters: [required("date"), required("after"), required("before")],
    call: ([date, after, before]) =>
      Temporal.Instant.compare(instant(date), instant(after)) > 0 &&
      Temporal.Instant.compare(instant(date), instant(before)) < 0,
  },
  {
    name: "isWeekend",
    summary: "Whether a date is a Saturday or Sunday.",
    example: ["isWeekend('2024-01-06')", "true"],
    parameters: [required("date")],
    call: ([date], runtime) => zoned(date, runtime).dayOfWeek >= 6,
  },
  {
    name: "isDayWeekInMonth",
    summary: "Whether a date is, say, the FIRST or LAST MONDAY of its month.",
    example: ["isDayWeekInMonth('2024-01-29', 'MONDAY', 'LAST')", "true"],
    parameters: [required("date"), required("dayOfWeek"), required("position")],
    call: ([date, dayOfWeek, position], runtime) => isDayWeekInMonth(zoned(date, runtime), dayOfWeek, position),
  },
  {
    name: "isLastWorkingDay",
    summary: "Whether a date is the last working day of its month.",
    example: ["isLastWorkingDay('2024-03-29')", "true"],
    parameters: [
      required("date"),
      optional("workingDays", null, "days as a list, or with commas in a text; Monday to Friday by default"),
    ],
    call: ([date, workingDays], runtime) => isLastWorkingDay(zoned(date, runtime), workingDays),
  },
  {
    name: "isPublicHoliday",
    summary: "Whether a date is a public holiday of a country, or of a part of it.",
    example: ["isPublicHoliday('2024-07-14', 'FR')", "true"],
    parameters: [
      required("date"),
      required("countryCode"),
      optional(
        "subDivision",
        null,
        "a part of the country, such as BY or DE-BY; one whose holidays are not known is an error",
      ),
    ],
    call: ([date, country, subDivision], runtime) => isHoliday(zoned(date, runtime), country, subDivision),
  },
  part(
    "dayOfWeek",
    "The day of the week of a date, like MONDAY.",
    ["dayOfWeek('2024-01-01')", "MONDAY"],
    (date) => DAYS[date.dayOfWeek - 1],
  ),
  part("dayOfMonth", "The day of the month of a date.", ["dayOfMonth('2024-01-31')", "31"], (date) => date.day),
  part("monthOfYear", "The month of a date, from 1.", ["monthOfYear('2024-01-31')", "1"], (date) => date.month),
  part("hourOfDay", "The hour of a date, from 0.", ["hourOfDay('2024-01-01T10:00:00Z')", "10"], (date) => date.hour),
];

function part(
  name: string,
  summary: string,
  example: Example,
  read: (date: Temporal.ZonedDateTime) => unknown,
): FunctionDefinition {
  const parameters = [required("date")];
  return { name, summary, example, parameters, call: ([date], runtime) => read(zoned(date, runtime)) };
}

/** Texts with a zone keep it here: the day is the one that the text names. */
function zoned(value: unknown, { environment }: Runtime): Temporal.ZonedDateTime {
  const date = toZoned(value, { timeZone: environment.timeZone });
  const offset = typeof value === "string" ? /T.*?(Z|[+-]\d{2}:?\d{2})(?:\[|$)/u.exec(value)?.[1] : undefined;
  return offset === undefined ? date : date.withTimeZone(offset === "Z" ? "UTC" : offset);
}

/** What is compared doesn't depend on the server: days and times without a zone are in UTC, from midnight on. */
function instant(value: unknown): Temporal.Instant {
  if (value instanceof Temporal.PlainDate) return value.toZonedDateTime("UTC").toInstant();
  return toZoned(value, { timeZone: "UTC" }).toInstant();
}

function oneOf(names: readonly string[], value: unknown, argument: string): number {
  const index = names.indexOf(toText(value).toUpperCase());
  if (index !== -1) return index;
  throw new ExpressionError("ARGUMENT", `The argument \`${argument}\` must be one of ${names.join(", ")}`);
}

function isDayWeekInMonth(date: Temporal.ZonedDateTime, dayOfWeek: unknown, position: unknown): boolean {
  const day = oneOf(DAYS, dayOfWeek, "dayOfWeek") + 1;
  const index = oneOf(POSITIONS, position, "position");
  if (date.dayOfWeek !== day) return false;
  return index === 4 ? date.day + 7 > date.daysInMonth : Math.floor((date.day - 1) / 7) === index;
}

/** What is not known is an error, never a silent "no". */
function isHoliday(date: Temporal.ZonedDateTime, country: unknown, subDivision: unknown): boolean {
  const code = toText(country);
  const part = subDivision === null ? "" : toText(subDivision);
  const answer = isPublicHoliday(code, date.toPlainDate(), part);
  if (answer !== undefined) return answer;
  const { message, hint } = unknownHolidays(code, part);
  throw new ExpressionError("ARGUMENT", message, { hint });
}

function isLastWorkingDay(date: Temporal.ZonedDateTime, workingDays: unknown): boolean {
  const numbers = new Set(namesOfDays(workingDays).map((day) => oneOf(DAYS, day, "workingDays") + 1));
  if (!numbers.has(date.dayOfWeek)) return false;
  for (let day = date.day + 1; day <= date.daysInMonth; day += 1) {
    if (numbers.has(date.with({ day }).dayOfWeek)) return false;
  }
  return true;
}

/** A list, or names with commas or white space between them. */
function namesOfDays(value: unknown): readonly unknown[] {
  if (isList(value)) return toArray(value);
  const names =
    value === null
      ? []
      : toText(value)
          .split(/[,\s]+/u)
          .filter((name) => name !== "");
  return names.length === 0 ? DAYS.slice(0, 5) : names;
}
