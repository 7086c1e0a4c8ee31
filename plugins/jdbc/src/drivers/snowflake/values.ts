import { parseJsonValue } from "@capstan/sdk";
import { shownInstant } from "../../values/date-times.ts";
import { exactNumber, floatValue } from "../../values/exact-number.ts";

/** A column as answers describe it. */
export interface RowType {
  readonly name: string;
  readonly type: string;
}

/** How the values of a column are read; those of other types are the text of the server. `zone` is that of points in time. */
export function readerOf({ type }: RowType, zone: string | undefined): (raw: string | null) => unknown {
  const read = READERS[type.toLowerCase()];
  return (raw) => (raw === null || read === undefined ? raw : read(raw, zone));
}

const READERS: Readonly<Record<string, (raw: string, zone: string | undefined) => unknown>> = {
  fixed: exactNumber,
  decfloat: exactNumber,
  real: realOf,
  boolean: (raw) => raw === "1" || raw.toLowerCase() === "true",
  date: (raw) =>
    Temporal.PlainDate.from("1970-01-01")
      .add({ days: Number(raw) })
      .toString(),
  time: (raw) => instantOf(raw).toZonedDateTimeISO("UTC").toPlainTime().toString(),
  timestamp_ntz: (raw) => instantOf(raw).toZonedDateTimeISO("UTC").toPlainDateTime().toString(),
  timestamp_ltz: (raw, zone) => shownInstant(instantOf(raw), zone),
  timestamp_tz: (raw, zone) => shownInstant(instantOf(raw.replace(OFFSET, "")), zone),
  binary: (raw) => Buffer.from(raw, "hex").toString("base64"),
  variant: jsonOf,
  object: jsonOf,
  array: jsonOf,
  map: jsonOf,
  vector: jsonOf,
};

/** Minutes from UTC and 1,440 more, which say how the value was written; the seconds before it are those of UTC. */
const OFFSET = / \d+$/u;

const FLOAT_NAMES: Readonly<Record<string, string>> = { inf: "Infinity", "-inf": "-Infinity", nan: "NaN" };

function realOf(raw: string): number | string {
  return FLOAT_NAMES[raw.toLowerCase()] ?? floatValue(Number(raw));
}

/** Semi-structured values that are no JSON, such as `undefined` and XML, stay texts. */
function jsonOf(raw: string): unknown {
  try {
    return parseJsonValue(raw);
  } catch {
    return raw;
  }
}

const NANOSECONDS_DIGITS = 9;

/** Seconds since 1970 with digits behind them, of which none is lost. */
function instantOf(raw: string): Temporal.Instant {
  const [whole = "", fraction = ""] = raw.split(".");
  const digits = fraction.slice(0, NANOSECONDS_DIGITS).padEnd(NANOSECONDS_DIGITS, "0");
  return Temporal.Instant.fromEpochNanoseconds(BigInt(whole + digits));
}

/** How a value of `parameters` is sent: its type, and its text. */
export interface Binding {
  readonly type: "BOOLEAN" | "FIXED" | "REAL" | "TEXT";
  readonly value: string | null;
}

/** Maps and lists are JSON texts, which `PARSE_JSON` takes. */
export function bindingOf(value: unknown): Binding {
  if (value === null || value === undefined) return { type: "TEXT", value: null };
  if (typeof value === "boolean") return { type: "BOOLEAN", value: String(value) };
  if (typeof value === "number") return { type: Number.isSafeInteger(value) ? "FIXED" : "REAL", value: String(value) };
  return { type: "TEXT", value: typeof value === "string" ? value : JSON.stringify(value) };
}
