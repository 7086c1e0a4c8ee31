/** The day of a holiday in a year; undefined when the year has none. */
type Rule = (year: number, easter: Temporal.PlainDate) => Temporal.PlainDate | undefined;

/** Nationwide public holidays as the law stands today, by country. */
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

/** What whole parts of a country keep beside that, by their ISO codes without the country's. */
const REGIONAL: Readonly<Record<string, Readonly<Record<string, readonly Rule[]>>>> = {
  DE: {
    BB: [...days("10-31"), ...easterDays(0, 49)],
    BE: days("3-8"),
    BW: [...days("1-6 11-1"), ...easterDays(60)],
    BY: [...days("1-6 11-1"), ...easterDays(60)],
    HB: days("10-31"),
    HE: easterDays(60),
    HH: days("10-31"),
    MV: days("3-8 10-31"),
    NI: days("10-31"),
    NW: [...days("11-1"), ...easterDays(60)],
    RP: [...days("11-1"), ...easterDays(60)],
    SH: days("10-31"),
    SL: [...days("8-15 11-1"), ...easterDays(60)],
    SN: [...days("10-31"), repentanceDay],
    ST: days("1-6 10-31"),
    TH: days("9-20 10-31"),
  },
  FR: {
    ...Object.fromEntries("20R ARA BFC BRE CVL HDF IDF NAQ NOR OCC PAC PDL".split(" ").map((code) => [code, []])),
    ...Object.fromEntries(["57", "67", "68"].map((code) => [code, [...days("12-26"), ...easterDays(-2)]])),
  },
};

export const HOLIDAY_COUNTRIES: readonly string[] = Object.keys(HOLIDAYS);

/**
 * Whether a day is a holiday of a country, or of a part of it. Codes may be in small letters; a blank part is none, and one of
 * ISO 3166-2 may be written whole (`DE-BY`) or without its country. Undefined for a country or part that the tables lack.
 */
export function isPublicHoliday(country: string, date: Temporal.PlainDate, part = ""): boolean | undefined {
  const code = country.toUpperCase();
  const national = entryOf(HOLIDAYS, code);
  const region = regionOf(code, part);
  const regional = region === "" ? [] : entryOf(entryOf(REGIONAL, code) ?? {}, region);
  if (national === undefined || regional === undefined) return undefined;
  // A holiday at the turn of the year may be observed in the year before.
  const years = [date.year, date.year + 1];
  return [...national, ...regional].some((rule) =>
    years.some((year) => rule(year, easterSunday(year))?.equals(date) === true),
  );
}

function regionOf(code: string, part: string): string {
  const region = part.trim().toUpperCase();
  return region.startsWith(`${code}-`) ? region.slice(code.length + 1) : region;
}

/** Whose holidays are not known, and whose are: a message and a hint for a place without an answer of `isPublicHoliday`. */
export function unknownHolidays(country: string, part = ""): { readonly message: string; readonly hint: string } {
  const code = country.toUpperCase();
  if (entryOf(HOLIDAYS, code) === undefined)
    return {
      message: `The holidays of "${country}" are not known`,
      hint: `Known are ${HOLIDAY_COUNTRIES.join(", ")}.`,
    };
  const parts = Object.keys(entryOf(REGIONAL, code) ?? {});
  const known =
    parts.length === 0 ? "Leave out `subDivision` for those of the whole country" : `Known are ${parts.join(", ")}`;
  return { message: `The holidays of the \`subDivision\` "${part}" of ${code} are not known`, hint: `${known}.` };
}

function entryOf<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The Wednesday before the 23rd of November. */
function repentanceDay(year: number): Temporal.PlainDate {
  const last = new Temporal.PlainDate(year, 11, 22);
  return last.subtract({ days: (last.dayOfWeek + 4) % 7 });
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
