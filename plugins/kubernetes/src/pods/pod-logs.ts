import { setTimeout as sleep } from "node:timers/promises";
import { TaskFailure } from "@capstan/sdk";
import { createLineReader, type LineReader } from "@capstan/sdk/commands";
import type { Cluster } from "../cluster/cluster.ts";
import { isRefusal, NOT_FOUND } from "../cluster/cluster-failure.ts";
import { pathOf } from "../cluster/resource-kinds.ts";
import type { Pod } from "./pod.ts";
import { createLogSpool } from "./log-spool.ts";
import { PODS } from "./pod-watch.ts";

export interface PodLogs {
  /** Hands out the lines that the container writes until it ends, from the beginning, or where the last reading broke off. */
  follow(signal: AbortSignal): Promise<void>;
  /** Once it has ended: hands out what is left. */
  finish(signal: AbortSignal): Promise<void>;
  /** Drops what was read and not handed out. */
  close(): Promise<void>;
}

/** Milliseconds back from where a reading broke off: what is written at one time may stand in another order than its times. */
const OVERLAP_MS = 2_000;
/** Known lines in the overlap that are told apart; of more, some may be handed out twice. */
export const KNOWN_LINES_MAX = 100_000;
const PATIENCE_MS = 300_000;
/** Between two readings that break off. */
const BREAK_MS = 500;
/** A container that waits to be started has no log yet. */
const BAD_REQUEST = 400;

/**
 * The log of a container, whose two streams are one there. Each line has its time, by which the next reading goes on when one breaks
 * off; what both have is told apart, so that no line is lost and none comes twice.
 */
export function podLogs(
  cluster: Cluster,
  pod: Pod,
  container: string,
  { onLine, pressure }: { readonly onLine: (line: string) => void; readonly pressure: () => Promise<void> | undefined },
): PodLogs {
  const known = createKnownLines();
  const reader: LineReader = createLineReader(onLine);
  const spool = createLogSpool(async (bytes) => {
    reader.push(bytes);
    await pressure();
  });
  const path = `${pathOf(PODS, pod.metadata.namespace, pod.metadata.name)}/log`;
  const read = async (follow: boolean, signal: AbortSignal) => {
    const since = known.since();
    const answer = await cluster.open({
      path,
      query: { container, timestamps: true, follow: follow || undefined, sinceTime: since },
      accept: "*/*",
      signal,
      patienceMs: PATIENCE_MS,
    });
    known.beginReading();
    for await (const bytes of stampedLines(answer, known)) await spool.push(bytes);
  };
  /** Whether a reading came to its end: it may break off with its connection, and there may be nothing to read. */
  const isRead = async (follow: boolean, signal: AbortSignal) => {
    try {
      await read(follow, signal);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      // Of a container that waits, or whose node is gone.
      if (isRefusal(error, BAD_REQUEST) || isRefusal(error, NOT_FOUND)) return true;
      if (error instanceof TaskFailure) throw error;
      return false;
    }
  };
  return {
    follow: async (signal) => void (await isRead(true, signal)),
    finish: async (signal) => {
      while (!(await isRead(false, signal))) await sleep(BREAK_MS, undefined, { signal });
      await spool.drained();
      reader.end();
    },
    close: () => spool.close(),
  };
}

interface KnownLines {
  /** From when to read on; undefined for the beginning. */
  since(): string | undefined;
  beginReading(): void;
  /** How many bytes of a line of that time are known: none of a new one; undefined when all are. */
  begin(time: string): number | undefined;
  /** Further bytes of that line are handed out. */
  grow(bytes: number): void;
  /** It is whole. */
  end(): void;
}

/** How many lines come between two looks for what is too old to come again. */
const LINES_PER_LOOK = 1_000;

/**
 * Times have nine digits of a second: two lines of one time are rare, and counted. Whatever is read again comes in the order of before, so
 * that what is new stands behind the last line that is known. What is not known and stands before it is the rest of a line that began before
 * the time from which was read.
 */
function createKnownLines(): KnownLines {
  /** How many lines of a time were handed out, in the order of their coming. */
  const times = new Map<string, number>();
  let latest = "";
  let last: { readonly time: string; readonly count: number; bytes: number; isWhole: boolean } | undefined;
  let before: ReadonlyMap<string, number> = new Map();
  let seen = new Map<string, number>();
  let isPast = true;
  let untilLook = LINES_PER_LOOK;
  const forget = () => {
    untilLook = LINES_PER_LOOK;
    const oldest = Date.parse(latest) - 2 * OVERLAP_MS;
    for (const time of times.keys()) {
      if (times.size <= KNOWN_LINES_MAX && Date.parse(time) >= oldest) return;
      times.delete(time);
    }
  };
  const isKnown = (time: string) => {
    const count = (seen.get(time) ?? 0) + 1;
    seen.set(time, count);
    if (last?.time === time && last.count === count) isPast = true;
    return count <= (before.get(time) ?? 0);
  };
  return {
    since: () => (latest === "" ? undefined : new Date(Date.parse(latest) - OVERLAP_MS).toISOString()),
    beginReading: () => {
      before = new Map(times);
      seen = new Map();
      isPast = last === undefined;
    },
    begin: (time) => {
      if (before.size > 0 && isKnown(time)) return isPast && last?.isWhole === false ? last.bytes : undefined;
      if (!isPast && time <= latest) return undefined;
      isPast = true;
      const count = (times.get(time) ?? 0) + 1;
      times.set(time, count);
      last = { time, count, bytes: 0, isWhole: false };
      if (time > latest) latest = time;
      untilLook -= 1;
      if (untilLook === 0) forget();
      return 0;
    },
    grow: (bytes) => {
      if (last !== undefined) last.bytes += bytes;
    },
    end: () => {
      if (last !== undefined) last.isWhole = true;
    },
  };
}

const NEWLINE = 10;
const BLANK = 32;
/** `2026-01-31T12:30:00.123456789Z`, also with an offset. */
const TIME_BYTES_MAX = 40;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * The bytes of lines that are not known, without the time that each begins with. A line may be larger than memory should hold. What
 * begins with no time is not of the container: the node says that it has no log any more.
 */
async function* stampedLines(source: AsyncIterable<Buffer>, known: KnownLines): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let isBegun = false;
  /** Known bytes that are still to come of the line; undefined when nothing of it is wanted. */
  let toSkip: number | undefined;
  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const pieces: Buffer[] = [];
    for (;;) {
      if (!isBegun) {
        const blank = rest.indexOf(BLANK);
        if (blank === -1 && rest.length < TIME_BYTES_MAX) break;
        const time = rest.toString("latin1", 0, Math.max(blank, 0));
        toSkip = TIME.test(time) ? known.begin(time) : undefined;
        rest = rest.subarray(blank + 1);
        isBegun = true;
      }
      const newline = rest.indexOf(NEWLINE);
      const length = newline === -1 ? rest.length : newline + 1;
      if (toSkip !== undefined) {
        const wanted = rest.subarray(Math.min(toSkip, length), length);
        toSkip = Math.max(0, toSkip - length);
        known.grow(wanted.length);
        if (wanted.length > 0) pieces.push(wanted);
        if (newline !== -1) known.end();
      }
      rest = rest.subarray(length);
      if (newline === -1) break;
      isBegun = false;
    }
    if (pieces.length > 0) yield Buffer.concat(pieces);
  }
}
