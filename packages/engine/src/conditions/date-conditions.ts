import { LazyMap } from "@capstan/expression";
import type { JsonMap } from "@capstan/model";
import { type ConditionContext, ConditionFailure, type Evaluate } from "./condition.ts";
import { requiredText, textOf } from "./read-property.ts";
import { readDate, readTimeOfDay, timeOfDay } from "./read-date.ts";

const DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

export const dateTimeBetween: Evaluate = (properties, context) => {
  const date = dateOf(properties, context).epochNanoseconds;
  const [after, before] = boundsOf(properties, context);
  const zone = context.environment.timeZone;
  return (
    (after === undefined || date > readDate(after, zone).epochNanoseconds) &&
    (before === undefined || date < readDate(before, zone).epochNanoseconds)
  );
};

/** Times are compared on one clock; a window whose end is before its start goes over midnight. */
export const timeBetween: Evaluate = (properties, context) => {
  const time = timeOfDay(dateOf(properties, context));
  const [afterText, beforeText] = boundsOf(properties, context);
  const after = afterText === undefined ? undefined : readTimeOfDay(afterText);
  const before = beforeText === undefined ? undefined : readTimeOfDay(beforeText);
  if (after === undefined) return time < before!;
  if (before === undefined) return time > after;
  return after <= before ? time > after && time < before : time > after || time < before;
};

export const dayWeek: Evaluate = (properties, context) =>
  dateOf(properties, context).dayOfWeek === weekdayOf(properties, context);

export const dayWeekInMonth: Evaluate = (properties, context) => {
  const date = dateOf(properties, context);
  if (date.dayOfWeek !== weekdayOf(properties, context)) return false;
  const wanted = requiredText(properties, "dayInMonth", context);
  if (wanted === "LAST") return date.day + 7 > date.daysInMonth;
  const position = ["FIRST", "SECOND", "THIRD", "FOURTH"].indexOf(wanted);
  if (position === -1) throw new ConditionFailure(`\`${wanted}\` is no position of a day in its month`);
  return Math.ceil(date.day / 7) === position + 1;
};

export const weekend: Evaluate = (properties, context) => dateOf(properties, context).dayOfWeek >= 6;

/** The date that the condition looks at, in the time zone that it is written in. */
export function dateOf(properties: JsonMap, context: ConditionContext): Temporal.ZonedDateTime {
  const { environment, scope } = context;
  const written = textOf(properties, "date", context);
  if (written !== undefined) return readDate(written, environment.timeZone);
  const date = triggerDate(scope.get("trigger"));
  if (typeof date === "string") return readDate(date, environment.timeZone);
  if (context.date === undefined)
    throw new ConditionFailure("there is no `trigger.date`, and the condition names no date");
  return Temporal.Instant.fromEpochMilliseconds(context.date).toZonedDateTimeISO(environment.timeZone);
}

/** What a schedule shows is made when it is read. */
function triggerDate(trigger: unknown): unknown {
  if (trigger instanceof LazyMap) return trigger.get("date");
  return typeof trigger === "object" && trigger !== null ? (trigger as { readonly date?: unknown }).date : undefined;
}

function boundsOf(properties: JsonMap, context: ConditionContext): [string | undefined, string | undefined] {
  const after = textOf(properties, "after", context);
  const before = textOf(properties, "before", context);
  if (after === undefined && before === undefined) throw new ConditionFailure("it needs `after`, `before` or both");
  return [after, before];
}

function weekdayOf(properties: JsonMap, context: ConditionContext): number {
  const day = requiredText(properties, "dayOfWeek", context);
  const position = DAYS.indexOf(day);
  if (position === -1) throw new ConditionFailure(`\`${day}\` is no day of the week`);
  return position + 1;
}
