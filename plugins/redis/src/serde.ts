import { dynamic, parseJsonValue, TaskFailure } from "@capstan/sdk";
import { z } from "zod";

const SERDE_TYPES = ["STRING", "JSON"] as const;
export type SerdeType = (typeof SERDE_TYPES)[number];

/** The property `serdeType`. */
export const serdeType = () =>
  dynamic(z.enum(SERDE_TYPES))
    .default("STRING")
    .describe("How values are kept in Redis: STRING (as text) or JSON. Default: STRING.");

/** One value as Redis keeps it: with JSON a text becomes a JSON text; with STRING what is no text is written as JSON. */
export function serialized(value: unknown, serde: SerdeType): string {
  if (typeof value === "string" && serde === "STRING") return value;
  return JSON.stringify(value) ?? "null";
}

/** Of a value that was written into YAML: a text that is JSON is meant as it is, any other becomes a JSON text. */
export function writtenJson(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "null";
  try {
    JSON.parse(value);
    return value.trim();
  } catch {
    return JSON.stringify(value);
  }
}

/** The value of what Redis keeps at `key`. Throws `TaskFailure` where that is no JSON but should be. */
export function deserialized(kept: string, serde: SerdeType, key: string): unknown {
  if (serde === "STRING") return kept;
  try {
    return parseJsonValue(kept);
  } catch (error) {
    throw new TaskFailure(`A value of ${key} is no JSON. Use \`serdeType: STRING\` to take it as text.`, {
      cause: error,
    });
  }
}
