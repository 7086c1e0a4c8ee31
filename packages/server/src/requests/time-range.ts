import type { TimePart } from "@capstan/store";
import { Refusal } from "../refusal.ts";

export type TimeUnit = "minute" | "hour" | "day" | "week" | "month";

/** A range of time in parts that can be drawn. */
export interface TimeRange {
  /** Epoch milliseconds; both belong to the range. */
  readonly start: number;
  readonly end: number;
  readonly unit: TimeUnit;
  /** Every part, oldest first; the newest ones where there are too many. They begin at whole units, in UTC. */
  readonly parts: readonly TimePart[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_RANGE_MS = 30 * DAY_MS;
/** Most parts of one range. */
export const TIME_PARTS_MAX = 3000;

/** The range between two dates; by default the last 30 days. Throws 422 for a range that ends before it starts. */
export function readTimeRange(
  { startDate, endDate }: { readonly startDate?: string | undefined; readonly endDate?: string | undefined },
  now: number,
): TimeRange {
  const end = endDate === undefined ? now : Date.parse(endDate);
  const start = startDate === undefined ? end - DEFAULT_RANGE_MS : Date.parse(startDate);
  if (start > end) throw new Refusal("range-invalid", "startDate is after endDate");
  const unit = unitOf(end - start);
  return { start, end, unit, parts: partsOf(start, end, unit) };
}

/** The unit that divides a length of time into a number of parts that can be drawn. */
function unitOf(rangeMs: number): TimeUnit {
  if (rangeMs > 365 * DAY_MS) return "month";
  if (rangeMs > 180 * DAY_MS) return "week";
  if (rangeMs > DAY_MS) return "day";
  return rangeMs > 6 * HOUR_MS ? "hour" : "minute";
}

function partsOf(start: number, end: number, unit: TimeUnit): readonly TimePart[] {
  const parts: TimePart[] = [];
  const first = beginningOf(start, unit);
  for (let before = end + 1; before > first && parts.length < TIME_PARTS_MAX;) {
    const from = beginningOf(before - 1, unit);
    parts.push({ from, before });
    before = from;
  }
  return parts.toReversed();
}

/** Weeks begin on Mondays. */
function beginningOf(time: number, unit: TimeUnit): number {
  switch (unit) {
    case "minute":
      return time - (((time % MINUTE_MS) + MINUTE_MS) % MINUTE_MS);
    case "hour":
      return time - (((time % HOUR_MS) + HOUR_MS) % HOUR_MS);
    case "day":
      return time - (((time % DAY_MS) + DAY_MS) % DAY_MS);
    case "week": {
      const day = beginningOf(time, "day");
      return day - ((new Date(day).getUTCDay() + 6) % 7) * DAY_MS;
    }
    case "month": {
      const date = new Date(time);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    }
    default:
      return unit satisfies never;
  }
}
