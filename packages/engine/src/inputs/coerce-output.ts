import type { Environment } from "@capstan/expression";
import type { FlowOutput, JsonValue } from "@capstan/model";
import { coerce, type Coerced, isNothing } from "./coerce.ts";

/** A rendered flow output in its declared type. Null, and what nothing rendered to, is null; the reason of a refusal names the output. */
export function coerceOutput(output: FlowOutput, value: unknown, environment: Environment): Coerced {
  if (value === null || value === undefined || isNothing(value, output.type)) return { value: null as JsonValue };
  const { type, itemType } = output;
  const coerced = coerce(value, { type, itemType, fileSchemes: ["kestra", "nsfile", "file"], environment });
  return "value" in coerced ? coerced : { reason: `Invalid output \`${output.id}\`: ${coerced.reason}` };
}
