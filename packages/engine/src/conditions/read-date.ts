import { ConditionFailure } from "./condition.ts";

const ISO =
  /^(?<local>\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?)(?<offset>Z|[+-]\d{2}(?::?\d{2})?)?(?:\[(?<zone>[^\]]+)\])?$/iu;

/** ISO text in the zone that it names, else in `timeZone`; a date alone is the start of its day. */
export function readDate(text: string, timeZone: string): Temporal.ZonedDateTime {
  const match = ISO.exec(text.trim())?.groups;
  if (match === undefined) throw new ConditionFailure(`\`${text}\` is no ISO date`);
  const { local = "", offset, zone } = match;
  try {
    const date = Temporal.PlainDateTime.from(local);
    if (offset === undefined) return date.toZonedDateTime(zone ?? timeZone);
    const moment = date.toZonedDateTime(offset.toUpperCase() === "Z" ? "UTC" : offset);
    return zone === undefined ? moment : moment.withTimeZone(zone);
  } catch (error) {
    if (error instanceof RangeError) throw new ConditionFailure(`\`${text}\` is no date that exists`);
    throw error;
  }
}

const DAY_SECONDS = 86_400;

/** Seconds after midnight UTC of a time with an offset, such as `16:19:12+02:00`; without an offset it is UTC. */
export function readTimeOfDay(text: string): number {
  const match = /^(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?:Z|([+-])(\d{2}):?(\d{2})?)?$/iu.exec(text.trim());
  if (match === null) throw new ConditionFailure(`\`${text}\` is no time such as 16:19:12+02:00`);
  const [, time = "", sign, hours = "0", minutes = "0"] = match;
  const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
  try {
    const { hour, minute, second, millisecond } = Temporal.PlainTime.from(time);
    return onOneDay(hour * 3600 + minute * 60 + second + millisecond / 1000 - offset);
  } catch (error) {
    if (error instanceof RangeError) throw new ConditionFailure(`\`${text}\` is no time that exists`);
    throw error;
  }
}

/** Seconds after midnight UTC. */
export function timeOfDay(date: Temporal.ZonedDateTime): number {
  return onOneDay(date.epochMilliseconds / 1000);
}

function onOneDay(seconds: number): number {
  return ((seconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
}
