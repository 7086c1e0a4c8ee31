import { createLocalTimes, type LocalTimes } from "./local-times.ts";
import { type CronFields, type CronMistake, parseCron } from "./parse-cron.ts";
import { createZones, type Zone, type Zones, type ZoneSegment } from "./zone.ts";

/** A compiled cron expression in its time zone. Moments are epoch milliseconds. */
export interface Cron {
  /** IANA id or offset of the zone that the expression is read in. */
  readonly timeZone: string;
  /** What to add to a moment to get the local clock. */
  offsetMsAt(epochMs: number): number;
  /** The first date after a moment; undefined when there is none within ten years. */
  next(afterMs: number): number | undefined;
  /** The last date before a moment; undefined when there is none within ten years. */
  previous(beforeMs: number): number | undefined;
}

/** How far `next` and `previous` look: ten years of 365.25 days. */
export const LOOK_AHEAD_MS = 315_576_000_000;

/**
 * Compiles a cron expression.
 *
 * When clocks change, expressions that run through the hours (the minute begins with `*`, or every hour is allowed) follow
 * the clock: a skipped time doesn't run, a repeated one runs twice, so the distance between two runs stays what it was. All
 * others name times of the day, and run once for each: a skipped time runs as much later as the clock skipped (02:30 at
 * 03:30), a repeated one at its first occurrence.
 */
export function compileCron(
  source: string,
  options: { readonly withSeconds?: boolean; readonly timeZone?: string; readonly zones?: Zones } = {},
): Cron | CronMistake {
  const fields = parseCron(source, options);
  if ("mistake" in fields) return fields;
  const id = options.timeZone ?? "UTC";
  const zone = (options.zones ?? createZones()).find(id);
  if (zone === undefined) return { mistake: `"${id}" is no time zone`, hint: "Write it like Europe/Paris or UTC." };
  return createCron(fields, zone);
}

function createCron(fields: CronFields, zone: Zone): Cron {
  const times = createLocalTimes(fields);
  const fixed = !fields.isInterval;
  return {
    timeZone: zone.id,
    offsetMsAt: (epochMs) => zone.segmentAt(Math.floor(epochMs / 1000)).offset * 1000,
    next: (afterMs) => {
      const from = Math.floor(afterMs / 1000) + 1;
      const found = firstFrom(times, zone, fixed, from, from + LOOK_AHEAD_MS / 1000);
      return found === undefined ? undefined : found * 1000;
    },
    previous: (beforeMs) => {
      const until = Math.ceil(beforeMs / 1000) - 1;
      const found = lastUntil(times, zone, fixed, until, until - LOOK_AHEAD_MS / 1000);
      return found === undefined ? undefined : found * 1000;
    },
  };
}

function firstFrom(times: LocalTimes, zone: Zone, fixed: boolean, from: number, limit: number): number | undefined {
  let moment = from;
  while (moment < limit) {
    const segment = zone.segmentAt(moment);
    const end = Math.min(segment.end, limit);
    const change = fixed ? changeOf(segment) : NO_CHANGE;
    if (moment < change.until) {
      const windowEnd = Math.min(change.until, end);
      const found = change.isGap ? firstAfterGap(times, segment, moment, windowEnd) : undefined;
      if (found !== undefined) return found;
      moment = windowEnd;
      continue;
    }
    const found = times.first(moment + segment.offset, end + segment.offset);
    if (found !== undefined) return found - segment.offset;
    moment = end;
  }
  return undefined;
}

function lastUntil(times: LocalTimes, zone: Zone, fixed: boolean, until: number, limit: number): number | undefined {
  let moment = until;
  while (moment >= limit) {
    const segment = zone.segmentAt(moment);
    const start = Math.max(segment.start, limit);
    const change = fixed ? changeOf(segment) : NO_CHANGE;
    const regularStart = Math.max(start, change.until);
    if (moment >= regularStart) {
      const found = times.last(moment + segment.offset, regularStart + segment.offset);
      if (found !== undefined) return found - segment.offset;
      moment = regularStart - 1;
    }
    if (moment >= start) {
      const found = change.isGap ? lastAfterGap(times, segment, moment, start) : undefined;
      if (found !== undefined) return found;
      moment = start - 1;
    }
  }
  return undefined;
}

/** The part of a segment in which its beginning is felt: times of the gap still to run, or times that ran already. */
interface ClockChange {
  /** Epoch seconds, exclusive. */
  readonly until: number;
  readonly isGap: boolean;
}

const NO_CHANGE: ClockChange = { until: -Infinity, isGap: false };

function changeOf(segment: ZoneSegment): ClockChange {
  const skipped = segment.offset - segment.previousOffset;
  if (skipped === 0) return NO_CHANGE;
  return { until: segment.start + Math.abs(skipped), isGap: skipped > 0 };
}

/** Within the window both clocks count: the old one for the skipped times, the new one for the regular times. */
function firstAfterGap(times: LocalTimes, segment: ZoneSegment, from: number, end: number): number | undefined {
  const { offset, previousOffset } = segment;
  const skipped = times.first(from + previousOffset, end + previousOffset);
  const regular = times.first(from + offset, end + offset);
  const found = Math.min(
    skipped === undefined ? Infinity : skipped - previousOffset,
    regular === undefined ? Infinity : regular - offset,
  );
  return found === Infinity ? undefined : found;
}

function lastAfterGap(times: LocalTimes, segment: ZoneSegment, until: number, start: number): number | undefined {
  const { offset, previousOffset } = segment;
  const skipped = times.last(until + previousOffset, start + previousOffset);
  const regular = times.last(until + offset, start + offset);
  const found = Math.max(
    skipped === undefined ? -Infinity : skipped - previousOffset,
    regular === undefined ? -Infinity : regular - offset,
  );
  return found === -Infinity ? undefined : found;
}

export type { CronMistake, Zones };
export { createZones };
