import { formatDuration, type JsonValue, parseDuration, parseJsonValue } from "@capstan/model";

export interface TypedValue {
  readonly type: "STRING" | "NUMBER" | "BOOLEAN" | "JSON" | "DATETIME" | "DATE" | "DURATION";
  readonly value: JsonValue;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * The typed value in the body of a put: JSON where it is JSON, else an instant, a date or a duration by its form, else
 * text as it stands.
 */
export function readTypedValue(body: string): TypedValue {
  const text = body.trim();
  const json = readJson(text);
  if (json !== undefined && /^-?\d{16,}$/.test(text)) return { type: "NUMBER", value: json };
  // A number beyond all numbers stays the text that it is.
  if (typeof json === "number" && Number.isFinite(json)) return { type: "NUMBER", value: json };
  if (typeof json === "boolean") return { type: "BOOLEAN", value: json };
  if (typeof json === "object" && json !== null) return { type: "JSON", value: json };
  const written = typeof json === "string" ? json : text;
  if (typeof json !== "string") {
    if (INSTANT.test(text) && !Number.isNaN(Date.parse(text)))
      return { type: "DATETIME", value: withoutZeroMillis(new Date(text).toISOString()) };
    if (DATE.test(text) && !Number.isNaN(Date.parse(text))) return { type: "DATE", value: text };
  }
  const duration = written.startsWith("P") ? parseDuration(written) : undefined;
  if (duration !== undefined) return { type: "DURATION", value: formatDuration(duration) };
  return { type: "STRING", value: typeof json === "string" ? json : body };
}

function readJson(text: string): JsonValue | undefined {
  try {
    return parseJsonValue(text);
  } catch {
    return undefined;
  }
}

function withoutZeroMillis(instant: string): string {
  return instant.replace(".000Z", "Z");
}
