import { monthAround } from "./calendar.ts";
import type { CronFields } from "./parse-cron.ts";

/** Finds the moments of a cron expression on a clock without zone: seconds since 1970-01-01T00:00 of that clock. */
export interface LocalTimes {
  /** The first moment at or after `from` and before `end`; -Infinity is never returned. */
  first(from: number, end: number): number | undefined;
  /** The last moment at or before `until` and at or after `start`. */
  last(until: number, start: number): number | undefined;
}

const DAY_SECONDS = 86_400;

/** Tables instead of searches: each step is a look-up, and days of a month are bits of one number. */
export function createLocalTimes(fields: CronFields): LocalTimes {
  const time = createTimes(fields);
  const monthOf = createMonths(fields);

  function first(from: number, end: number): number | undefined {
    let day = Math.floor(from / DAY_SECONDS);
    const month = monthOf(day);
    if (isAllowed(month, day)) {
      const found = time.first(from - day * DAY_SECONDS);
      if (found !== -1) return before(day * DAY_SECONDS + found, end);
    }
    day = firstDay(day + 1, Math.floor(end / DAY_SECONDS));
    return day === Infinity ? undefined : before(day * DAY_SECONDS + time.earliest, end);
  }

  function firstDay(from: number, lastDay: number): number {
    let day = from;
    while (day <= lastDay) {
      const month = monthOf(day);
      const rest = month.days >>> (day - month.first);
      if (rest !== 0) return day + 31 - Math.clz32(rest & -rest);
      day = month.first + month.length;
    }
    return Infinity;
  }

  function last(until: number, start: number): number | undefined {
    let day = Math.floor(until / DAY_SECONDS);
    const month = monthOf(day);
    if (isAllowed(month, day)) {
      const found = time.last(until - day * DAY_SECONDS);
      if (found !== -1) return notBefore(day * DAY_SECONDS + found, start);
    }
    day = lastDay(day - 1, Math.floor(start / DAY_SECONDS));
    return day === -Infinity ? undefined : notBefore(day * DAY_SECONDS + time.latest, start);
  }

  function lastDay(from: number, firstAllowed: number): number {
    let day = from;
    while (day >= firstAllowed) {
      const month = monthOf(day);
      const rest = month.days & (0xffff_ffff >>> (31 - (day - month.first)));
      if (rest !== 0) return month.first + 31 - Math.clz32(rest);
      day = month.first - 1;
    }
    return -Infinity;
  }

  return { first, last };
}

function before(moment: number, end: number): number | undefined {
  return moment < end ? moment : undefined;
}

function notBefore(moment: number, start: number): number | undefined {
  return moment >= start ? moment : undefined;
}

interface Times {
  /** Seconds of the day, -1 when there is none left in the day. */
  first(from: number): number;
  last(until: number): number;
  readonly earliest: number;
  readonly latest: number;
}

function createTimes({ seconds, minutes, hours }: CronFields): Times {
  const upSecond = nextTable(seconds);
  const upMinute = nextTable(minutes);
  const upHour = nextTable(hours);
  const downSecond = previousTable(seconds);
  const downMinute = previousTable(minutes);
  const downHour = previousTable(hours);
  const inHour = { earliest: upMinute[0]! * 60 + upSecond[0]!, latest: downMinute[60]! * 60 + downSecond[60]! };
  return {
    earliest: upHour[0]! * 3600 + inHour.earliest,
    latest: downHour[24]! * 3600 + inHour.latest,
    first: (from) => {
      const hour = (from / 3600) | 0;
      const minute = ((from - hour * 3600) / 60) | 0;
      if (hours[hour] === 1) {
        const second = minutes[minute] === 1 ? upSecond[from % 60]! : -1;
        if (second !== -1) return hour * 3600 + minute * 60 + second;
        const later = upMinute[minute + 1]!;
        if (later !== -1) return hour * 3600 + later * 60 + upSecond[0]!;
      }
      const later = upHour[hour + 1]!;
      return later === -1 ? -1 : later * 3600 + inHour.earliest;
    },
    last: (until) => {
      const hour = (until / 3600) | 0;
      const minute = ((until - hour * 3600) / 60) | 0;
      if (hours[hour] === 1) {
        const second = minutes[minute] === 1 ? downSecond[(until % 60) + 1]! : -1;
        if (second !== -1) return hour * 3600 + minute * 60 + second;
        const earlier = downMinute[minute]!;
        if (earlier !== -1) return hour * 3600 + earlier * 60 + downSecond[60]!;
      }
      const earlier = downHour[hour]!;
      return earlier === -1 ? -1 : earlier * 3600 + inHour.latest;
    },
  };
}

/** `table[i]` is the smallest allowed value from i on, or -1; one longer than the field. */
function nextTable(allowed: Uint8Array): Int8Array {
  const table = new Int8Array(allowed.length + 1).fill(-1);
  for (let value = allowed.length - 1; value >= 0; value -= 1)
    table[value] = allowed[value] === 1 ? value : table[value + 1]!;
  return table;
}

/** `table[i]` is the largest allowed value below i, or -1. */
function previousTable(allowed: Uint8Array): Int8Array {
  const table = new Int8Array(allowed.length + 1).fill(-1);
  for (let value = 0; value < allowed.length; value += 1)
    table[value + 1] = allowed[value] === 1 ? value : table[value]!;
  return table;
}

interface Month {
  /** Day number of its first day; day 0 is 1970-01-01. */
  readonly first: number;
  readonly length: number;
  /** Bit n stands for day n + 1 of the month. */
  readonly days: number;
}

function isAllowed(month: Month, day: number): boolean {
  return ((month.days >>> (day - month.first)) & 1) === 1;
}

/** The month of a day; the latest one is kept, since neighbouring questions mostly ask for it again. */
function createMonths(fields: CronFields): (day: number) => Month {
  let kept: Month = { first: 0, length: 0, days: 0 };
  const allowedDays = bitsOf(fields.daysOfMonth, 1);
  const anyDay = allowedDays === 0x7fff_ffff;
  // Days of the month that fall on an allowed weekday, by the weekday of the first day.
  const byWeekday = Array.from({ length: 7 }, (_, first) => {
    let bits = 0;
    for (let day = 0; day < 31; day += 1) if (fields.daysOfWeek[(first + day) % 7] === 1) bits |= 1 << day;
    return bits;
  });
  return (day) => {
    if (day >= kept.first && day < kept.first + kept.length) return kept;
    const { first, length, month } = monthAround(day);
    const weekday = (((first + 4) % 7) + 7) % 7;
    const onWeekdays = byWeekday[weekday]!;
    const days = fields.eitherDay ? allowedDays | onWeekdays : anyDay ? onWeekdays : allowedDays & onWeekdays;
    kept = { first, length, days: fields.months[month] === 1 ? days & (0x7fff_ffff >>> (31 - length)) : 0 };
    return kept;
  };
}

function bitsOf(allowed: Uint8Array, start: number): number {
  let bits = 0;
  for (let value = start; value < allowed.length; value += 1) if (allowed[value] === 1) bits |= 1 << (value - start);
  return bits;
}
