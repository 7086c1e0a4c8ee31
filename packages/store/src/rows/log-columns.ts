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
