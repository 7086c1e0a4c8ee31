import { parseDuration } from "../duration.ts";
import type { Input, JsonValue } from "../flow.ts";
import { scalarText } from "../json-value.ts";
import { describe } from "./schema-issues.ts";
import { type CheckContext, type Finding, report } from "./context.ts";

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
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? undefined : `is no date such as 2024-03-01: ${describe(value)}`;
    case "DATETIME":
      return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)
        ? undefined
        : `is no date and time such as 2024-03-01T10:00:00Z: ${describe(value)}`;
    case "TIME":
      return /^\d{2}:\d{2}(?::\d{2})?/.test(text) ? undefined : `is no time such as 10:15:30: ${describe(value)}`;
    case "SELECT":
      return valuesProblem(input, [value]);
    case "MULTISELECT":
      return Array.isArray(value) ? valuesProblem(input, value) : undefined;
    default:
      return undefined;
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
  return wrong === undefined ? undefined : `must be one of ${input.values.join(", ")}, but is ${describe(wrong)}`;
}
