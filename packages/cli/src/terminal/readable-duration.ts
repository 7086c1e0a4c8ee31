const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A length of time as a person reads it, with two units at most: `35ms`, `1.25s`, `12.3s`, `3m 05s`, `2h 05m`, `3d 04h`. */
export function readableDuration(lengthMs: number): string {
  const ms = Math.max(0, Math.round(lengthMs));
  if (ms < SECOND_MS) return `${ms}ms`;
  if (ms < 10 * SECOND_MS) return `${cut(ms / SECOND_MS, 2)}s`;
  if (ms < MINUTE_MS) return `${cut(ms / SECOND_MS, 1)}s`;
  if (ms < HOUR_MS) return twoUnits(ms, MINUTE_MS, "m", SECOND_MS, "s");
  if (ms < DAY_MS) return twoUnits(ms, HOUR_MS, "h", MINUTE_MS, "m");
  return twoUnits(ms, DAY_MS, "d", HOUR_MS, "h");
}

/** Cuts and does not round, so that 59.99 never reads as 60. */
function cut(value: number, digits: number): string {
  const scale = 10 ** digits;
  return (Math.floor(value * scale) / scale).toFixed(digits);
}

function twoUnits(ms: number, bigMs: number, big: string, smallMs: number, small: string): string {
  const rest = Math.floor((ms % bigMs) / smallMs);
  return `${Math.floor(ms / bigMs)}${big} ${String(rest).padStart(2, "0")}${small}`;
}
