import { ExpressionError } from "../errors.ts";
import { asNumber, isNumeric } from "./numbers.ts";
import { toText } from "./text.ts";
import { className } from "./class-name.ts";

/**
 * Truth inside the engine (`if`, `? :`, `and`, `or`, `not`): booleans, numbers other than zero, any text but the empty one.
 * Null, lists and maps are TYPE errors; `where` names the place in the message.
 */
export function isTrue(value: unknown, where: string): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "string") return value.length > 0;
  if (isNumeric(value)) return asNumber(value) !== 0;
  if (value === null || value === undefined) {
    throw new ExpressionError("TYPE", `Null has no truth value in ${where}`, { hint: "Give a fallback with `??`." });
  }
  throw new ExpressionError("TYPE", `A value of type ${className(value)} has no truth value in ${where}`, {
    hint: "Test it with `is empty` or `is not empty`.",
  });
}

const FALSE_TEXTS: ReadonlySet<string> = new Set(["", "false", "0", "-0"]);

/** Truth of rendered text (`runIf`, `condition`, …): false for null, empty text, `false`, `0` and `-0`. */
export function isTruthyText(rendered: unknown): boolean {
  return rendered !== null && rendered !== undefined && !FALSE_TEXTS.has(toText(rendered));
}
