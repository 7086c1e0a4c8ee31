/** What a cron expression allows, as tables: `seconds[5]` is 1 when second 5 is allowed. Days of the week count from Sunday = 0. */
export interface CronFields {
  readonly seconds: Uint8Array;
  readonly minutes: Uint8Array;
  readonly hours: Uint8Array;
  /** Index 1 to 31. */
  readonly daysOfMonth: Uint8Array;
  /** Index 1 to 12. */
  readonly months: Uint8Array;
  readonly daysOfWeek: Uint8Array;
  /** Both days are given: one of them is enough. */
  readonly eitherDay: boolean;
  /** Runs through the hours, rather than at given times of the day; decides what a change of clocks does. */
  readonly isInterval: boolean;
}

/** Why a text is no cron expression, for the author of the flow. */
export interface CronMistake {
  readonly mistake: string;
  readonly hint?: string;
}

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const SECOND: Field = { name: "second", min: 0, max: 59 };
const MINUTE: Field = { name: "minute", min: 0, max: 59 };
const HOUR: Field = { name: "hour", min: 0, max: 23 };
const DAY_OF_MONTH: Field = { name: "day of month", min: 1, max: 31 };
const MONTH: Field = { name: "month", min: 1, max: 12, names: MONTHS };
const DAY_OF_WEEK: Field = { name: "day of week", min: 0, max: 7, names: DAYS };

/**
 * Reads five fields (minute, hour, day of month, month, day of week), six with seconds first, or a nickname such as
 * `@daily`. Fields hold numbers, names (`MON`, `JAN`), ranges, lists and steps; Sunday is 0 and 7.
 */
export function parseCron(source: string, options: { readonly withSeconds?: boolean } = {}): CronFields | CronMistake {
  const text = source.trim();
  if (text.startsWith("@")) return parseNickname(text);
  const words = text.split(/\s+/u);
  const wanted = options.withSeconds === true ? 6 : 5;
  if (words.length !== wanted) return wrongCount(text, words.length, wanted);
  const [second, minute, hour, dayOfMonth, month, dayOfWeek] = wanted === 6 ? words : ["0", ...words];
  try {
    return {
      seconds: parseField(second!, SECOND),
      minutes: parseField(minute!, MINUTE),
      hours: parseField(hour!, HOUR),
      daysOfMonth: parseField(dayOfMonth!, DAY_OF_MONTH),
      months: parseField(month!, MONTH),
      daysOfWeek: sundayAsZero(parseField(dayOfWeek!, DAY_OF_WEEK)),
      eitherDay: dayOfMonth !== "*" && dayOfWeek !== "*",
      isInterval: minute!.startsWith("*") || hour === "*",
    };
  } catch (error) {
    if (error instanceof FieldMistake) return { mistake: `"${text}" is no cron expression: ${error.message}` };
    throw error;
  }
}

function parseNickname(text: string): CronFields | CronMistake {
  const fields = Object.hasOwn(NICKNAMES, text) ? NICKNAMES[text] : undefined;
  if (fields !== undefined) return parseCron(fields);
  return { mistake: `"${text}" is no cron nickname`, hint: `One of ${Object.keys(NICKNAMES).join(", ")}.` };
}

function wrongCount(text: string, count: number, wanted: number): CronMistake {
  const mistake = `"${text}" has ${text === "" ? 0 : count} fields instead of ${wanted}`;
  if (wanted === 5 && count === 6)
    return { mistake, hint: "Set withSeconds: true when the first field is the second." };
  const order = "minute, hour, day of month, month, day of week";
  return { mistake, hint: `Write ${wanted === 6 ? "second, " : ""}${order}.` };
}

class FieldMistake extends Error {}

function parseField(text: string, field: Field): Uint8Array {
  const allowed = new Uint8Array(field.max + 1);
  for (const part of text.split(",")) {
    const { first, last, step } = parsePart(part, field);
    for (let value = first; value <= last; value += step) allowed[value] = 1;
  }
  return allowed;
}

function parsePart(part: string, field: Field): { first: number; last: number; step: number } {
  const [range = "", stepText, ...rest] = part.split("/");
  if (range === "" || rest.length > 0) throw new FieldMistake(`the ${field.name} "${part}" can't be read`);
  const step = stepText === undefined ? 1 : parseStep(stepText, part, field);
  if (range === "*") return { first: field.min, last: field.max === 7 ? 6 : field.max, step };
  const [from = "", to, ...more] = range.split("-");
  if (more.length > 0) throw new FieldMistake(`the ${field.name} "${part}" can't be read`);
  const first = parseValue(from, part, field, false);
  // A step behind a single value goes on to the end of the field.
  if (to === undefined) return { first, last: stepText === undefined ? first : field.max === 7 ? 6 : field.max, step };
  const last = parseValue(to, part, field, true);
  if (last < first) throw new FieldMistake(`the ${field.name} range "${range}" runs backwards`);
  return { first, last, step };
}

function parseStep(text: string, part: string, field: Field): number {
  const step = /^\d{1,4}$/u.test(text) ? Number(text) : 0;
  if (step < 1) throw new FieldMistake(`the step of the ${field.name} "${part}" is not a number from 1`);
  return step;
}

function parseValue(text: string, part: string, field: Field, isEndOfRange: boolean): number {
  const name = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (name !== -1) return field.max === 7 && name === 0 && isEndOfRange ? 7 : name + (field.max === 7 ? 0 : field.min);
  if (!/^\d{1,2}$/u.test(text)) throw new FieldMistake(`the ${field.name} "${part}" can't be read`);
  const value = Number(text);
  if (value < field.min || value > field.max) {
    throw new FieldMistake(`the ${field.name} ${value} is not between ${field.min} and ${field.max}`);
  }
  return value;
}

function sundayAsZero(days: Uint8Array): Uint8Array {
  if (days[7] === 1) days[0] = 1;
  return days.slice(0, 7);
}
