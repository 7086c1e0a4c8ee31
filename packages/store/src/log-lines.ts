import type { LogFilter, LogLevel, LogLine } from "./store.ts";

/** Levels from the chattiest to the gravest; the index is what stores compare. */
export const LOG_LEVELS: readonly LogLevel[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

export function levelRank(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}

/** Whether a line passes the parts of the filter that concern lines (level, time, text). */
export function lineMatcher(filter: LogFilter): (line: LogLine) => boolean {
  const minimumRank = filter.minimumLevel === undefined ? 0 : levelRank(filter.minimumLevel);
  const query = filter.query?.toLowerCase();
  const without = filter.withoutText?.toLowerCase();
  return (line) =>
    levelRank(line.level) >= minimumRank &&
    (filter.levels === undefined || filter.levels.includes(line.level)) &&
    (filter.after === undefined || line.time >= filter.after) &&
    (filter.before === undefined || line.time <= filter.before) &&
    (query === undefined || line.message.toLowerCase().includes(query)) &&
    (without === undefined || !line.message.toLowerCase().includes(without));
}

/** Order of entries: by time, then by arrival; both turned round when descending. */
export function compareEntries(
  left: { readonly time: number; readonly sequence: number },
  right: { readonly time: number; readonly sequence: number },
  descending: boolean,
): number {
  const order = left.time - right.time || left.sequence - right.sequence;
  return descending ? -order : order;
}
