import { type JsonMap, parseDuration } from "@capstan/model";
import { ConditionFailure } from "../conditions/condition.ts";

/** A stretch of time in which upstream executions count as together; epoch milliseconds, both ends inclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const DAY_MS = 86_400_000;

/**
 * The span that `now` belongs to, by the properties of a `timeWindow`; undefined outside of a daily window. Days and times
 * of the day are those of `timeZone`, unless the window names its own zone or a time its own offset.
 */
export function spanAt(timeWindow: JsonMap, now: number, timeZone: string): Span | undefined {
  const type = timeWindow["type"] ?? "DURATION_WINDOW";
  const zone = String(timeWindow["timezone"] ?? timeZone);
  switch (type) {
    case "DURATION_WINDOW":
      return alignedSpan(
        durationOf(timeWindow, "window", DAY_MS),
        durationOf(timeWindow, "windowAdvance", 0),
        now,
        zone,
      );
    case "SLIDING_WINDOW":
      return { start: now - durationOf(timeWindow, "window", DAY_MS), end: now };
    case "DAILY_TIME_DEADLINE":
      return dailySpan("00:00:00", requiredTime(timeWindow, "deadline"), now, zone);
    case "DAILY_TIME_WINDOW":
      return dailySpan(requiredTime(timeWindow, "startTime"), requiredTime(timeWindow, "endTime"), now, zone);
    default:
      throw new ConditionFailure(`\`${String(type)}\` is no type of time window`);
  }
}

/** Windows one after the other: those of a day and less begin anew at midnight (and the advance), longer ones run on since 1970. */
function alignedSpan(length: number, advance: number, now: number, timeZone: string): Span {
  const shifted = Temporal.Instant.fromEpochMilliseconds(now - advance).toZonedDateTimeISO(timeZone);
  const midnight = shifted.startOfDay();
  const origin = length > DAY_MS ? new Temporal.PlainDate(1970, 1, 1).toZonedDateTime(timeZone) : midnight;
  const base = origin.epochMilliseconds + advance;
  const start = base + Math.floor((now - base) / length) * length;
  if (length > DAY_MS) return { start, end: start + length - 1 };
  const nextBase = midnight.add({ days: 1 }).epochMilliseconds + advance;
  // The window that fills the day is as long as the day, also when clocks change.
  const end = length === DAY_MS ? nextBase : Math.min(start + length, nextBase);
  return { start: length === DAY_MS ? base : start, end: end - 1 };
}

/** From a time of the day to another one; an end before the start lies on the next day. */
function dailySpan(from: string, to: string, now: number, timeZone: string): Span | undefined {
  const zone = offsetOf(to) ?? offsetOf(from) ?? timeZone;
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  const isOvernight = Temporal.PlainTime.compare(timeOf(from), timeOf(to)) > 0;
  for (const day of isOvernight ? [today.subtract({ days: 1 }), today] : [today]) {
    const start = day.toZonedDateTime({ plainTime: timeOf(from), timeZone: zone }).epochMilliseconds;
    const lastDay = isOvernight ? day.add({ days: 1 }) : day;
    const end = lastDay.toZonedDateTime({ plainTime: timeOf(to), timeZone: zone }).epochMilliseconds;
    if (now >= start && now <= end) return { start, end };
  }
  return undefined;
}

function timeOf(text: string): Temporal.PlainTime {
  try {
    return Temporal.PlainTime.from(text.replace(/(?:Z|[+-]\d{2}:?\d{2})$/iu, ""));
  } catch (error) {
    if (error instanceof RangeError) throw new ConditionFailure(`\`${text}\` is no time of the day`);
    throw error;
  }
}

function offsetOf(text: string): string | undefined {
  const offset = /(Z|[+-]\d{2}:?\d{2})$/iu.exec(text)?.[1];
  return offset?.toUpperCase() === "Z" ? "UTC" : offset;
}

function requiredTime(timeWindow: JsonMap, name: string): string {
  const text = timeWindow[name];
  if (typeof text !== "string") throw new ConditionFailure(`the time window needs \`${name}\``);
  return text;
}

function durationOf(timeWindow: JsonMap, name: string, fallback: number): number {
  const text = timeWindow[name];
  if (text === undefined || text === null) return fallback;
  const duration = parseDuration(String(text));
  const isUsable = duration !== undefined && (duration > 0 || name === "windowAdvance");
  if (!isUsable) throw new ConditionFailure(`\`${String(text)}\` is no length of a time window`);
  return duration;
}
