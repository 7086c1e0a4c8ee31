import { parseDuration, TaskFailure } from "@capstan/sdk";

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const PART = /(\d+(?:\.\d+)?)(ms|[smhdw])/g;

/** Milliseconds of a length of time as Loki writes it (`10m`, `1h30m`), or in ISO-8601. Throws `TaskFailure` for anything else. */
export function lookbackMs(since: string): number {
  const source = since.trim();
  const parts = [...source.matchAll(PART)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join("") === source;
  const milliseconds = isWhole
    ? parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * UNITS_MS[unit]!, 0)
    : parseDuration(source);
  if (milliseconds !== undefined && milliseconds > 0) return Math.round(milliseconds);
  throw new TaskFailure(`\`since\` is "${since}", which is no length of time. Give one such as 10m, 1h30m or PT10M.`);
}
