import { ExpressionError } from "../errors.ts";

type Unit = (amount: number) => Temporal.DurationLike;

/** Java's ChronoUnit names. */
const UNITS: Readonly<Record<string, Unit>> = {
  NANOS: (amount) => ({ nanoseconds: amount }),
  MICROS: (amount) => ({ microseconds: amount }),
  MILLIS: (amount) => ({ milliseconds: amount }),
  SECONDS: (amount) => ({ seconds: amount }),
  MINUTES: (amount) => ({ minutes: amount }),
  HOURS: (amount) => ({ hours: amount }),
  HALF_DAYS: (amount) => ({ hours: 12 * amount }),
  DAYS: (amount) => ({ days: amount }),
  WEEKS: (amount) => ({ weeks: amount }),
  MONTHS: (amount) => ({ months: amount }),
  YEARS: (amount) => ({ years: amount }),
  DECADES: (amount) => ({ years: 10 * amount }),
  CENTURIES: (amount) => ({ years: 100 * amount }),
  MILLENNIA: (amount) => ({ years: 1000 * amount }),
};

/** Adds an integer amount of a ChronoUnit; a day is a day of the calendar, an hour 60 minutes, whatever the clocks do. */
export function addToDate(date: Temporal.ZonedDateTime, amount: number, unit: string): Temporal.ZonedDateTime {
  const known = Object.hasOwn(UNITS, unit.toUpperCase()) ? UNITS[unit.toUpperCase()] : undefined;
  if (known === undefined) {
    throw new ExpressionError("ARGUMENT", `"${unit}" is no unit of time`, {
      hint: `Units are ${Object.keys(UNITS).join(", ")}.`,
    });
  }
  try {
    return date.add(known(amount));
  } catch (error) {
    throw new ExpressionError("VALUE", `Adding ${amount} ${unit} leaves the range of dates`, { cause: error });
  }
}
