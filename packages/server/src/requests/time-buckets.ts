export type BucketUnit = "minute" | "hour" | "day" | "week" | "month";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The unit that divides a range, in milliseconds, into a number of parts that can be drawn. */
export function bucketUnit(rangeMs: number): BucketUnit {
  if (rangeMs > 365 * DAY_MS) return "month";
  if (rangeMs > 180 * DAY_MS) return "week";
  if (rangeMs > DAY_MS) return "day";
  return rangeMs > 6 * HOUR_MS ? "hour" : "minute";
}

export interface Bucket<Content> {
  /** Epoch milliseconds of its first instant, in UTC. */
  readonly start: number;
  readonly content: Content;
}

export interface Buckets<Content> {
  readonly all: readonly Bucket<Content>[];
  /** The content of the part that holds an instant; undefined outside of the range. */
  at(time: number): Content | undefined;
}

/** Most parts of one answer. */
export const BUCKETS_MAX = 3000;

/** Every part of a range, empty ones as well, oldest first; the newest ones where there are too many. */
export function bucketsOf<Content>(
  start: number,
  end: number,
  unit: BucketUnit,
  make: () => Content,
): Buckets<Content> {
  const all: Bucket<Content>[] = [];
  for (let at = startOf(end, unit); at >= startOf(start, unit) && all.length < BUCKETS_MAX; at = startOf(at - 1, unit))
    all.push({ start: at, content: make() });
  all.reverse();
  const byStart = new Map(all.map((bucket) => [bucket.start, bucket.content]));
  return { all, at: (time) => byStart.get(startOf(time, unit)) };
}

/** Weeks begin on Mondays. */
function startOf(time: number, unit: BucketUnit): number {
  switch (unit) {
    case "minute":
      return time - (((time % MINUTE_MS) + MINUTE_MS) % MINUTE_MS);
    case "hour":
      return time - (((time % HOUR_MS) + HOUR_MS) % HOUR_MS);
    case "day":
      return time - (((time % DAY_MS) + DAY_MS) % DAY_MS);
    case "week": {
      const day = startOf(time, "day");
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
