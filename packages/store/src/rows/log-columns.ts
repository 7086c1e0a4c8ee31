import { levelRank } from "../log-lines.ts";
import type { LogLine } from "../store.ts";

/** What a row says of its lines without unpacking them, and the lines as text: [[time, level, message], …]. */
export interface LogColumns {
  readonly firstTime: number;
  readonly lastTime: number;
  /** Ranks of levels, as in `LOG_LEVELS`. */
  readonly highest: number;
  readonly lowest: number;
  readonly count: number;
  readonly text: string;
}

/**
 * How many milliseconds the lines of one row are apart at most. From either end of a row this tells where the other may be, so
 * that lists in both directions go along one order. Lines of one commit are rarely that far apart.
 */
export const LOG_ROW_MS_MAX = 1_000;

/** The rows of lines that are written together, in their order: one, unless they are too far apart. There must be a line. */
export function logRows(lines: readonly LogLine[]): readonly LogColumns[] {
  const all = logColumns(lines);
  return all.lastTime - all.firstTime <= LOG_ROW_MS_MAX ? [all] : inSpans(lines).map(logColumns);
}

function inSpans(lines: readonly LogLine[]): readonly (readonly LogLine[])[] {
  const spans: LogLine[][] = [];
  let firstTime = Infinity;
  let lastTime = -Infinity;
  for (const line of lines) {
    firstTime = Math.min(firstTime, line.time);
    lastTime = Math.max(lastTime, line.time);
    const span = spans.at(-1);
    if (span !== undefined && lastTime - firstTime <= LOG_ROW_MS_MAX) {
      span.push(line);
      continue;
    }
    [firstTime, lastTime] = [line.time, line.time];
    spans.push([line]);
  }
  return spans;
}

/** The columns of some lines; there must be one. */
export function logColumns(lines: readonly LogLine[]): LogColumns {
  const first = lines[0]!;
  let firstTime = first.time;
  let lastTime = first.time;
  let lowest = levelRank(first.level);
  let highest = lowest;
  for (const { time, level } of lines) {
    if (time < firstTime) firstTime = time;
    if (time > lastTime) lastTime = time;
    const rank = levelRank(level);
    if (rank < lowest) lowest = rank;
    if (rank > highest) highest = rank;
  }
  const text = JSON.stringify(lines.map(({ time, level, message }) => [time, level, message]));
  return { firstTime, lastTime, highest, lowest, count: lines.length, text };
}

export function decodeLines(batch: { readonly lines: string }): readonly LogLine[] {
  const lines = JSON.parse(batch.lines) as readonly (readonly [number, LogLine["level"], string])[];
  return lines.map(([time, level, message]) => ({ time, level, message }));
}
