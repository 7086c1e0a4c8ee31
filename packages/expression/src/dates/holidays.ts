/** The day of a holiday in a year; undefined when the year has none. */
type Rule = (year: number, easter: Temporal.PlainDate) => Temporal.PlainDate | undefined;

/** Nationwide public holidays as the law stands today, by country; regional ones are left out. */
const HOLIDAYS: Readonly<Record<string, readonly Rule[]>> = {
  AT: [...days("1-1 1-6 5-1 8-15 10-26 11-1 12-8 12-25 12-26"), ...easterDays(1, 39, 50, 60)],
  BE: [...days("1-1 5-1 7-21 8-15 11-1 11-11 12-25"), ...easterDays(1, 39, 50)],
  DE: [...days("1-1 5-1 10-3 12-25 12-26"), ...easterDays(-2, 1, 39, 50)],
  ES: [...days("1-1 1-6 5-1 8-15 10-12 11-1 12-6 12-8 12-25"), ...easterDays(-2)],
  FR: [...days("1-1 5-1 5-8 7-14 8-15 11-1 11-11 12-25"), ...easterDays(1, 39, 50)],
  IT: [...days("1-1 1-6 4-25 5-1 6-2 8-15 11-1 12-8 12-25 12-26"), ...easterDays(0, 1)],
  PL: [...days("1-1 1-6 5-1 5-3 8-15 11-1 11-11 12-25 12-26"), ...easterDays(0, 1, 49, 60)],
  PT: [...days("1-1 4-25 5-1 6-10 8-15 10-5 11-1 12-1 12-8 12-25"), ...easterDays(-2, 0, 60)],
  US: [
    ...["1-1", "6-19", "7-4", "11-11", "12-25"].map(observed),
    weekdayOfMonth(1, 1, 3),
    weekdayOfMonth(2, 1, 3),
    weekdayOfMonth(5, 1, -1),
    weekdayOfMonth(9, 1, 1),
    weekdayOfMonth(10, 1, 2),
    weekdayOfMonth(11, 4, 4),
  ],
};

export const HOLIDAY_COUNTRIES: readonly string[] = Object.keys(HOLIDAYS);

/** Whether a day is a nationwide holiday; undefined for a country that the table lacks. */
export function isPublicHoliday(country: string, date: Temporal.PlainDate): boolean | undefined {
  const rules = Object.hasOwn(HOLIDAYS, country) ? HOLIDAYS[country]! : undefined;
  // A holiday at the turn of the year may be observed in the year before.
  return rules?.some((rule) => [date.year, date.year + 1].some((year) => rule(year, easterSunday(year))?.equals(date)));
}

function days(list: string): Rule[] {
  return list.split(" ").map((day) => (year) => dayOf(year, day));
}

function dayOf(year: number, day: string): Temporal.PlainDate {
  const [month, date] = day.split("-").map(Number);
  return new Temporal.PlainDate(year, month!, date!);
}

function easterDays(...offsets: readonly number[]): Rule[] {
  return offsets.map((offset) => (_, easter) => easter.add({ days: offset }));
}

/** A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after. */
function observed(day: string): Rule {
  return (year) => {
    const date = dayOf(year, day);
    const shift = date.dayOfWeek === 6 ? -1 : date.dayOfWeek === 7 ? 1 : 0;
    return date.add({ days: shift });
  };
}

/** The nth given weekday (Monday = 1) of a month; -1 is the last one. */
function weekdayOfMonth(month: number, weekday: number, position: number): Rule {
  return (year) => {
    const first = new Temporal.PlainDate(year, month, 1);
    const nearest = first.add({ days: (weekday - first.dayOfWeek + 7) % 7 });
    if (position > 0) return nearest.add({ weeks: position - 1 });
    const weeks = Math.floor((first.daysInMonth - nearest.day) / 7);
    return nearest.add({ weeks });
  };
}

/** Easter Sunday of the Gregorian calendar, by the method of the anonymous contributor to Nature, 1876. */
function easterSunday(year: number): Temporal.PlainDate {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const yearOfCentury = year % 100;
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - Math.floor(century / 4) - correction + 15) % 30;
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor(yearOfCentury / 4) - epact - (yearOfCentury % 4)) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * weekday) / 451);
  const sum = epact + weekday - 7 * late + 114;
  return new Temporal.PlainDate(year, Math.floor(sum / 31), (sum % 31) + 1);
}
