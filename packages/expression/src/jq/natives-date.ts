import type { Native } from "./environment.ts";
import { JqError } from "./errors.ts";
import { byValue } from "./natives-value.ts";
import { expectText, shown } from "./values.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
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

/** Functions of dates, all in UTC. A broken-down time is `[year, month from 0, day, h, m, s, weekday, day of year]`. */
export const dateNatives: readonly (readonly [string, Native])[] = [
  ["gmtime/0", byValue((input) => brokenDown(momentOf(input, "gmtime"), secondsOf(input)))],
  ["mktime/0", byValue((input) => Math.floor(momentOf(input, "mktime").epochMilliseconds / 1000))],
  ["strftime/1", byValue((input, format) => strftime(momentOf(input, "strftime/1"), textOf(format, "strftime/1")))],
  ["strptime/1", byValue((input, format) => strptime(textOf(input, "strptime/1"), textOf(format, "strptime/1")))],
];

function textOf(value: unknown, name: string): string {
  return expectText(value, `cannot be used with ${name}: it requires string inputs and arguments`);
}

function secondsOf(input: unknown): number {
  return typeof input === "number" ? input : 0;
}

function momentOf(input: unknown, name: string): Temporal.ZonedDateTime {
  try {
    if (typeof input === "number" && name !== "mktime") {
      return Temporal.Instant.fromEpochMilliseconds(Math.floor(input) * 1000).toZonedDateTimeISO("UTC");
    }
    if (Array.isArray(input) && input.length >= 6 && input.every((part) => typeof part === "number")) {
      const [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0] = input;
      return Temporal.PlainDateTime.from({
        year,
        month: month + 1,
        day,
        hour,
        minute,
        second: Math.floor(second),
      }).toZonedDateTime("UTC");
    }
  } catch {
    throw new JqError(`${name}: ${shown(input)} is no date that exists`);
  }
  throw new JqError(`${name} requires ${name === "mktime" ? "array of 6 numbers" : "parsed datetime inputs"}`);
}

function brokenDown(date: Temporal.ZonedDateTime, seconds: number): number[] {
  const fraction = seconds - Math.floor(seconds);
  return [
    date.year,
    date.month - 1,
    date.day,
    date.hour,
    date.minute,
    date.second + fraction,
    date.dayOfWeek % 7,
    date.dayOfYear - 1,
  ];
}

const two = (value: number): string => String(value).padStart(2, "0");

const FORMATS: Readonly<Record<string, (date: Temporal.ZonedDateTime) => string>> = {
  Y: (date) => String(date.year),
  y: (date) => two(date.year % 100),
  C: (date) => two(Math.floor(date.year / 100)),
  m: (date) => two(date.month),
  d: (date) => two(date.day),
  e: (date) => String(date.day).padStart(2),
  H: (date) => two(date.hour),
  I: (date) => two(date.hour % 12 || 12),
  M: (date) => two(date.minute),
  S: (date) => two(date.second),
  p: (date) => (date.hour < 12 ? "AM" : "PM"),
  j: (date) => String(date.dayOfYear).padStart(3, "0"),
  a: (date) => DAYS[date.dayOfWeek % 7]!.slice(0, 3),
  A: (date) => DAYS[date.dayOfWeek % 7]!,
  b: (date) => MONTHS[date.month - 1]!.slice(0, 3),
  h: (date) => MONTHS[date.month - 1]!.slice(0, 3),
  B: (date) => MONTHS[date.month - 1]!,
  u: (date) => String(date.dayOfWeek),
  w: (date) => String(date.dayOfWeek % 7),
  V: (date) => two(date.weekOfYear ?? 0),
  G: (date) => String(date.yearOfWeek ?? date.year),
  Z: () => "UTC",
  z: () => "+0000",
  s: (date) => String(Math.floor(date.epochMilliseconds / 1000)),
  F: (date) => strftime(date, "%Y-%m-%d"),
  T: (date) => strftime(date, "%H:%M:%S"),
  R: (date) => strftime(date, "%H:%M"),
  D: (date) => strftime(date, "%m/%d/%y"),
  c: (date) => strftime(date, "%a %b %e %H:%M:%S %Y"),
  n: () => "\n",
  t: () => "\t",
  "%": () => "%",
};

function strftime(date: Temporal.ZonedDateTime, format: string): string {
  return format.replaceAll(/%([A-Za-z%])/gu, (whole, letter: string) =>
    Object.hasOwn(FORMATS, letter) ? FORMATS[letter]!(date) : whole,
  );
}

const SHORTHANDS: Readonly<Record<string, string>> = { F: "%Y-%m-%d", T: "%H:%M:%S", R: "%H:%M", D: "%m/%d/%y" };

interface DateParts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  epoch?: number;
}

function strptime(text: string, format: string): number[] {
  const parts: DateParts = { year: 1900, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
  const expanded = format.replaceAll(/%([FTRD])/gu, (_, letter: string) => SHORTHANDS[letter]!);
  let offset = 0;
  const fail = (): never => {
    throw new JqError(`date "${text}" does not match format "${format}"`);
  };
  const take = (pattern: RegExp): string => {
    const found = pattern.exec(text.slice(offset))?.[0] ?? fail();
    offset += found.length;
    return found;
  };
  for (const element of expanded.match(/%[A-Za-z%]|\s+|[\s\S]/gu) ?? []) {
    if (/^%[A-Za-z]/u.test(element)) readPart(element[1]!, take, parts, fail);
    else if (/^\s/u.test(element)) take(/^\s*/u);
    else take(new RegExp(`^${element.replace("%%", "%").replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`)}`, "u"));
  }
  if (offset !== text.length) fail();
  const epoch = parts.epoch;
  const date =
    epoch === undefined
      ? Temporal.PlainDateTime.from(parts).toZonedDateTime("UTC")
      : Temporal.Instant.fromEpochMilliseconds(epoch * 1000).toZonedDateTimeISO("UTC");
  return brokenDown(date, 0);
}

const NUMBER_PARTS: Readonly<Record<string, readonly [keyof DateParts, RegExp]>> = {
  Y: ["year", /^[+-]?\d{1,4}/u],
  m: ["month", /^\s*\d{1,2}/u],
  d: ["day", /^\s*\d{1,2}/u],
  e: ["day", /^\s*\d{1,2}/u],
  H: ["hour", /^\s*\d{1,2}/u],
  M: ["minute", /^\s*\d{1,2}/u],
  S: ["second", /^\s*\d{1,2}/u],
  s: ["epoch", /^-?\d+/u],
};

function readPart(letter: string, take: (pattern: RegExp) => string, parts: DateParts, fail: () => never): void {
  const number = Object.hasOwn(NUMBER_PARTS, letter) ? NUMBER_PARTS[letter] : undefined;
  if (number !== undefined) {
    parts[number[0]] = Number(take(number[1]));
  } else if (letter === "Z") {
    take(/^[A-Za-z]+/u);
  } else if (letter === "z") {
    take(/^(?:Z|[+-]\d{2}:?\d{2})/u);
  } else if ("bBh".includes(letter)) {
    const name = take(/^[A-Za-z]+/u)
      .slice(0, 3)
      .toLowerCase();
    const month = MONTHS.findIndex((candidate) => candidate.slice(0, 3).toLowerCase() === name);
    parts.month = month === -1 ? fail() : month + 1;
  } else if ("aA".includes(letter)) {
    take(/^[A-Za-z]+/u);
  } else {
    fail();
  }
}
