import { parseDuration } from "@capstan/model";
import { Mistake } from "../mistake.ts";

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
// Longer timers fire at once.
const LIMIT_MS_MAX = 2_147_483_647;

/** Milliseconds of an option's `30s`, `5m`, `1h30m` or ISO-8601 text. Throws `Mistake`. */
export function parseTimeLimit(option: string, text: string): number {
  const limitMs = durationMs(text);
  if (limitMs === undefined)
    throw new Mistake(`${option} ${text}: not a duration — write it as 30s, 5m, 1h30m or PT1H30M`);
  if (limitMs <= 0) throw new Mistake(`${option} ${text}: it must be longer than nothing, such as 30s or 5m`);
  return Math.min(limitMs, LIMIT_MS_MAX);
}

/** Milliseconds of such a text however many, undefined where it is none or not above zero. */
export function timeLimitMs(text: string): number | undefined {
  const limitMs = durationMs(text);
  return limitMs !== undefined && limitMs > 0 ? limitMs : undefined;
}

function durationMs(text: string): number | undefined {
  return shortFormMs(text) ?? parseDuration(text);
}

function shortFormMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)(ms|[smhd])/g);
  return Array.from(parts, ([, count, unit]) => Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]).reduce(
    (sum, partMs) => sum + partMs,
    0,
  );
}
