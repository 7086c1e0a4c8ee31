import { type JsonMap, withLongDigits } from "@capstan/model";
import { ATTEMPT_LIMITS } from "../limits.ts";

/** Outputs as plain JSON data, or why they can't be kept. Undefined entries are left out, null ones stay. */
export function plainOutputs(
  outputs: unknown,
  charactersMax: number = ATTEMPT_LIMITS.outputCharacters,
): { readonly outputs: JsonMap | undefined } | { readonly error: string } {
  if (outputs === undefined || outputs === null) return { outputs: undefined };
  let json: string;
  try {
    json = JSON.stringify(outputs, jsonValue);
  } catch (error) {
    return { error: `the outputs can't be written as JSON: ${(error as Error).message}` };
  }
  if (json.length > charactersMax) {
    const size = `the outputs are too large: ${json.length} characters of JSON, with a limit of ${charactersMax}`;
    return { error: `${size}. Store large data as a file and output its address` };
  }
  const plain = JSON.parse(json) as unknown;
  return { outputs: typeof plain === "object" && !Array.isArray(plain) ? (plain as JsonMap) : undefined };
}

function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return withLongDigits("", value);
}
