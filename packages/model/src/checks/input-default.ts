import { parseDuration } from "../duration.ts";
import type { Input, JsonValue } from "../flow.ts";
import { scalarText } from "../json-value.ts";
import { describe } from "./schema-issues.ts";
import { type CheckContext, type Finding, listed, report } from "./context.ts";

/** Tells when a default written out in the flow can't be a value of its input. Expressions are only known at run time. */
export function checkDefault(context: CheckContext, input: Input, finding: Finding): void {
  const value = input.defaults;
  if (value === undefined || (typeof value === "string" && value.includes("{{"))) return;
  const reason = problemOf(input, value);
  if (reason !== undefined) report(context, "invalid-default", finding, input.id, reason);
}

function problemOf(input: Input, value: JsonValue): string | undefined {
  const text = scalarText(value);
  switch (input.type) {
    case "INT":
      return /^[+-]?\d+$/.test(text) ? rangeProblem(input, Number(text)) : `is no whole number: ${describe(value)}`;
    case "FLOAT":
      return text.trim() !== "" && Number.isFinite(Number(text))
        ? rangeProblem(input, Number(text))
        : `is no number: ${describe(value)}`;
    case "BOOL":
      return /^(?:true|false)$/i.test(text) ? undefined : `is neither true nor false: ${describe(value)}`;
    case "DURATION":
      return parseDuration(text) === undefined ? `is no ISO-8601 duration: ${describe(value)}` : undefined;
    case "DATE":
      return isDate(text) ? undefined : `is no date such as 2024-03-01: ${describe(value)}`;
    case "DATETIME":
      return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) && isDate(text.slice(0, 10)) && isTime(text.slice(11))
        ? undefined
        : `is no date and time such as 2024-03-01T10:00:00Z: ${describe(value)}`;
    case "TIME":
      return isTime(text) ? undefined : `is no time such as 10:15:30: ${describe(value)}`;
    case "JSON":
      return typeof value === "string" && !isJson(value) ? `is no JSON: ${describe(value)}` : undefined;
    case "URI":
      return /^[a-z][a-z\d+.-]*:/i.test(text) ? undefined : `is no address with a scheme: ${describe(value)}`;
    case "ARRAY":
      return itemsProblem(input, value);
    case "SELECT":
      return valuesProblem(input, [value]);
    case "MULTISELECT":
      return Array.isArray(value) ? valuesProblem(input, value) : undefined;
    default:
      return undefined;
  }
}

/** Each item is a value of the item type. */
function itemsProblem(input: Input, value: JsonValue): string | undefined {
  if (typeof value === "string") return isJson(value) ? undefined : `is no list, nor JSON of one: ${describe(value)}`;
  if (!Array.isArray(value)) return `is no list: ${describe(value)}`;
  if (input.itemType === undefined) return undefined;
  const item: Input = { id: input.id, type: input.itemType, writtenType: input.itemType, required: true };
  for (const [index, one] of (value as readonly JsonValue[]).entries()) {
    if (typeof one === "string" && one.includes("{{")) continue;
    const problem = problemOf(item, one);
    if (problem !== undefined) return `can't be used: item ${index + 1} ${problem}`;
  }
  return undefined;
}

/** Such as 2024-02-29, a day that exists. */
function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  const [monthNumber, dayNumber] = [Number(month), Number(day)];
  if (year === undefined || monthNumber < 1 || monthNumber > 12 || dayNumber < 1) return false;
  const isLeapYear = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0);
  return dayNumber <= [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][monthNumber - 1]!;
}

function isTime(text: string): boolean {
  return /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d|$|[^:])/.test(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function rangeProblem({ min, max }: Input, value: number): string | undefined {
  if (typeof min === "number" && value < min) return `must be at least ${min}, but is ${value}`;
  if (typeof max === "number" && value > max) return `must be at most ${max}, but is ${value}`;
  return undefined;
}

function valuesProblem(input: Input, chosen: readonly JsonValue[]): string | undefined {
  if (input.values === undefined || input.allowCustomValue === true) return undefined;
  const allowed = new Set(input.values);
  const wrong = chosen.find((value) => !allowed.has(scalarText(value)));
  return wrong === undefined
    ? undefined
    : `must be one of ${listed(input.values.map(describe))}, but is ${describe(wrong)}`;
}
