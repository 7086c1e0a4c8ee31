/** A length of time in milliseconds. */
export type Duration = number;

const WEEK_MS = 604_800_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

const NUMBER = String.raw`([+-]?\d+)`;
const PATTERN = new RegExp(
  `^([+-])?P(?:${NUMBER}W)?(?:${NUMBER}D)?(T(?:${NUMBER}H)?(?:${NUMBER}M)?(?:([+-]?\\d+(?:[.,]\\d{0,9})?)S)?)?$`,
  "i",
);

/**
 * Milliseconds of an ISO-8601 duration, also in the forms with signed parts (`PT-5M`), with weeks and with fractions of a
 * second. Undefined for anything else; years and months have no fixed length and are not durations.
 */
export function parseDuration(text: string): Duration | undefined {
  const match = PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const [, sign, weeks, days, time, hours, minutes, seconds] = match;
  const nothingWritten = weeks === undefined && days === undefined && time === undefined;
  if (nothingWritten || time?.length === 1) return undefined;
  const milliseconds =
    amount(weeks) * WEEK_MS +
    amount(days) * DAY_MS +
    amount(hours) * HOUR_MS +
    amount(minutes) * MINUTE_MS +
    amount(seconds) * SECOND_MS;
  return (sign === "-" ? -1 : 1) * Math.round(milliseconds) + 0;
}

const UNITS: Readonly<Record<string, Duration>> = {
  s: SECOND_MS,
  sec: SECOND_MS,
  second: SECOND_MS,
  m: MINUTE_MS,
  min: MINUTE_MS,
  minute: MINUTE_MS,
  h: HOUR_MS,
  hour: HOUR_MS,
  d: DAY_MS,
  day: DAY_MS,
  w: WEEK_MS,
  week: WEEK_MS,
};

/** What was meant by `30s` or `5 minutes`, in ISO-8601. */
export function meantDuration(text: string): string | undefined {
  const match = /^(\d{1,9})\s*([a-z]+)$/i.exec(text.trim());
  if (match === null) return undefined;
  const word = match[2]!.toLowerCase();
  const unit = word.length > 2 ? word.replace(/s$/, "") : word;
  return Object.hasOwn(UNITS, unit) ? formatDuration(Number(match[1]) * UNITS[unit]!) : undefined;
}

/** ISO-8601 text with hours as the largest unit (`PT36H15M`), as flows and their outputs show durations. */
export function formatDuration(milliseconds: Duration): string {
  const sign = milliseconds < 0 ? "-" : "";
  const rest = Math.abs(Math.round(milliseconds));
  const hours = Math.floor(rest / HOUR_MS);
  const minutes = Math.floor((rest % HOUR_MS) / MINUTE_MS);
  const seconds = (rest % MINUTE_MS) / SECOND_MS;
  const part = (count: number, unit: string) => (count === 0 ? "" : `${sign}${count}${unit}`);
  const text = part(hours, "H") + part(minutes, "M") + part(seconds, "S");
  return text === "" ? "PT0S" : `PT${text}`;
}

function amount(text: string | undefined): number {
  return text === undefined ? 0 : Number(text.replace(",", "."));
}
