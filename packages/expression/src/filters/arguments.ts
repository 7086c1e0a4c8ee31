import { describe } from "../evaluation/operators.ts";
import { ExpressionError } from "../errors.ts";
import { asNumber, isInteger, isNumeric, parseInteger } from "../values/numbers.ts";
import { toText } from "../values/text.ts";

/** An argument that must be a whole number; a text that spells one will do. */
export function integerArgument(value: unknown, name: string): number {
  const given = typeof value === "string" ? parseInteger(value.trim()) : value;
  if (isNumeric(given) && isInteger(given)) return asNumber(given);
  throw new ExpressionError("ARGUMENT", `The argument \`${name}\` must be an integer, not ${describe(value)}`);
}

/** An argument that is a text, or absent. Null counts as absent. */
export function textArgument(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : toText(value);
}
