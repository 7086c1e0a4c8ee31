import { parseInstant, TaskFailure } from "@capstan/sdk";

export interface PointOptions {
  readonly measurement: string;
  readonly tags: readonly string[];
  /** Absent for points that get the time of the server; a field named `time` is left out then. */
  readonly timeField: string | undefined;
}

/**
 * A record as a point in line protocol, with nanoseconds; undefined where it has no field. Texts that are numbers become numbers, as those of CSV
 * are. Throws `TaskFailure` for a record that is no map, or has a time that is none.
 */
export function pointLine(record: unknown, options: PointOptions): string | undefined {
  if (typeof record !== "object" || record === null || Array.isArray(record))
    throw new TaskFailure(`A record is ${JSON.stringify(record)}, which is no map of fields.`);
  const tags: string[] = [];
  const fields: string[] = [];
  let time = "";
  for (const [name, value] of Object.entries(record)) {
    if (value === null || value === undefined) continue;
    if (name === options.timeField) time = ` ${nanoseconds(value)}`;
    else if (options.timeField === undefined && name.toLowerCase() === "time") continue;
    else if (!options.tags.includes(name)) fields.push(`${escaped(name)}=${fieldValue(value)}`);
    else if (String(value) !== "") tags.push(`,${escaped(name)}=${escaped(textOf(value))}`);
  }
  if (fields.length === 0) return undefined;
  return `${options.measurement.replaceAll(/[,\s]/g, String.raw`\$&`)}${tags.join("")} ${fields.join(",")}${time}`;
}

function escaped(name: string): string {
  return name.replaceAll(/[,= ]/g, String.raw`\$&`).replaceAll("\n", String.raw`\n`);
}

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

function fieldValue(value: unknown): string {
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  const text = textOf(value);
  if (NUMBER.test(text) && Number.isFinite(Number(text))) return String(Number(text));
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Seconds, or milliseconds where they are too many for that, or a date; without a zone it is in UTC. */
function nanoseconds(value: unknown): string {
  const text = textOf(value).trim();
  if (/^\d+$/.test(text)) return Number(text) < 10_000_000_000 ? `${text}000000000` : `${text}000000`;
  const [, date, time = "T00:00", zone = "Z"] = DATE.exec(text) ?? [];
  const milliseconds = date === undefined ? undefined : parseInstant(`${date}T${time.slice(1)}${zone}`);
  if (milliseconds === undefined)
    throw new TaskFailure(
      `The time "${text}" is none. Give a date such as 2030-01-01T10:00:00Z, or seconds or milliseconds since 1970.`,
    );
  const finer = (/\.\d{3}(\d{1,6})/.exec(time)?.[1] ?? "").padEnd(6, "0");
  return String(BigInt(milliseconds) * 1_000_000n + BigInt(finer));
}

const DATE = /^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(Z|[+-]\d{2}:?\d{2})?(?:\[[^\]]+])?$/;
