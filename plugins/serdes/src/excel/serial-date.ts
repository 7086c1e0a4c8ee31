import type { Moment } from "../dates/iso.ts";

/** Day 0 of Excel's calendar, as it counts from March 1900 on: before, it has a day that never was. */
const DAY_0 = Temporal.PlainDate.from("1899-12-30");
const DAY_0_OF_1904 = Temporal.PlainDate.from("1904-01-01");
const SERIAL_MIN = 61;
/** The last day of the year 9999. */
const SERIAL_MAX = 2_958_465;
const DAY_MS = 86_400_000;
const MIDNIGHT = new Temporal.PlainTime();

/**
 * The number that stands for a moment in a cell: days, with the time as their fraction, and no offset. Undefined for dates that Excel
 * doesn't have, which are those before March 1900.
 */
export function serialOf({ date, time = MIDNIGHT }: Moment): number | undefined {
  const fraction = MIDNIGHT.until(time).total("milliseconds") / DAY_MS;
  if (date === undefined) return fraction;
  const { days } = DAY_0.until(date, { largestUnit: "days" });
  return days >= SERIAL_MIN && days <= SERIAL_MAX ? days + fraction : undefined;
}

/** The date and the time, to the millisecond, that a number stands for. Undefined when it stands for none. */
export function momentOfSerial(serial: number, is1904: boolean): Required<Pick<Moment, "date" | "time">> | undefined {
  if (!(serial >= 0 && serial < SERIAL_MAX + 1)) return undefined;
  const milliseconds = Math.round(serial * DAY_MS);
  const days = Math.floor(milliseconds / DAY_MS);
  return {
    date: (is1904 ? DAY_0_OF_1904 : DAY_0).add({ days }),
    time: MIDNIGHT.add({ milliseconds: milliseconds - days * DAY_MS }),
  };
}
