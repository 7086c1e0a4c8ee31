/** A month of the proleptic Gregorian calendar. */
export interface CalendarMonth {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** Day number of its first day; day 0 is 1970-01-01. */
  readonly first: number;
  readonly length: number;
}

/** The month that a day belongs to. Cheaper than Temporal by two orders of magnitude, and schedules ask all the time. */
export function monthAround(day: number): CalendarMonth {
  // Counted in years that begin in March, so that the leap day is the last of its year.
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, first: day - dayOfMonth + 1, length: lengthOf(month, year) };
}

function lengthOf(month: number, year: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const DAY_MS = 86_400_000;

/** `yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX` of a moment on a clock that differs from UTC by an offset. Years have four digits. */
export function offsetDateText(epochMs: number, offsetMs: number): string {
  const local = epochMs + offsetMs;
  const day = Math.floor(local / DAY_MS);
  const time = local - day * DAY_MS;
  const { year, month, first } = monthAround(day);
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day - first + 1)}`;
  const clock = `${two(Math.floor(time / 3_600_000))}:${two(Math.floor(time / 60_000) % 60)}:${two(Math.floor(time / 1000) % 60)}`;
  return `${date}T${clock}.${String(time % 1000).padStart(3, "0")}000${offsetText(Math.trunc(offsetMs / 60_000))}`;
}

function offsetText(minutes: number): string {
  if (minutes === 0) return "Z";
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(count: number): string {
  return count < 10 ? `0${count}` : String(count);
}
