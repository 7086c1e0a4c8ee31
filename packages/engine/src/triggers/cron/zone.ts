/** A stretch of time in which a zone keeps its offset; all in seconds, `start` inclusive, `end` exclusive. */
export interface ZoneSegment {
  /** Epoch seconds, possibly -Infinity. */
  readonly start: number;
  /** Epoch seconds, possibly Infinity. */
  readonly end: number;
  /** What to add to epoch seconds to get the local clock. */
  readonly offset: number;
  /** The offset before `start`; equal to `offset` when nothing is before. */
  readonly previousOffset: number;
}

export interface Zone {
  readonly id: string;
  segmentAt(epochSeconds: number): ZoneSegment;
}

/** Zones by id, each read once; an unknown id is undefined. Share one between all schedules. */
export interface Zones {
  find(id: string): Zone | undefined;
}

export function createZones(): Zones {
  const zones = new Map<string, Zone | undefined>();
  return {
    find: (id) => {
      if (!zones.has(id)) zones.set(id, createZone(id));
      return zones.get(id);
    },
  };
}

function createZone(id: string): Zone | undefined {
  const zone = zoneId(id);
  if (zone === undefined) return undefined;
  // Sorted by start and without overlaps, but possibly with holes: segments are read when they are asked for.
  const segments: ZoneSegment[] = [];
  return {
    id: zone,
    segmentAt: (seconds) => {
      const position = positionOf(segments, seconds);
      const found = segments[position - 1];
      if (found !== undefined && seconds < found.end) return found;
      const segment = readSegment(zone, seconds);
      segments.splice(position, 0, segment);
      return segment;
    },
  };
}

/** Java also writes `Z`, `GMT+2` and `UTC-03:30`, which Temporal does not read. */
function zoneId(id: string): string | undefined {
  const trimmed = id.trim();
  const offset = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?$/u.exec(trimmed);
  const zone = /^(?:Z|UT|GMT0?)$/u.test(trimmed)
    ? "UTC"
    : offset === null
      ? trimmed
      : `${offset[1]}${offset[2]!.padStart(2, "0")}:${offset[3] ?? "00"}`;
  try {
    return new Temporal.ZonedDateTime(0n, zone).timeZoneId;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Number of segments that start at or before a moment. */
function positionOf(segments: readonly ZoneSegment[], seconds: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (segments[middle]!.start <= seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readSegment(zone: string, seconds: number): ZoneSegment {
  const moment = Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(zone);
  const offset = moment.offsetNanoseconds / 1e9;
  const next = moment.getTimeZoneTransition("next");
  // "previous" looks strictly before, but a segment includes its start.
  const previous = moment.add({ nanoseconds: 1 }).getTimeZoneTransition("previous");
  return {
    start: previous === null ? -Infinity : previous.epochMilliseconds / 1000,
    end: next === null ? Infinity : next.epochMilliseconds / 1000,
    offset,
    previousOffset: previous === null ? offset : previous.subtract({ nanoseconds: 1 }).offsetNanoseconds / 1e9,
  };
}
