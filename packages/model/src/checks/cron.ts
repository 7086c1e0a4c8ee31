const NICKNAMES = new Set(["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]);

interface Field {
  readonly name: string;
  readonly smallest: number;
  readonly largest: number;
  readonly names?: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: readonly Field[] = [
  { name: "minute", smallest: 0, largest: 59 },
  { name: "hour", smallest: 0, largest: 23 },
  { name: "day of the month", smallest: 1, largest: 31 },
  { name: "month", smallest: 1, largest: 12, names: MONTHS },
  { name: "day of the week", smallest: 0, largest: 7, names: DAYS },
];
const SECONDS: Field = { name: "second", smallest: 0, largest: 59 };

/** Why a cron expression can't be used, or undefined. The signs `L`, `W`, `#` and `?` are accepted as extensions. */
export function cronProblem(text: string, withSeconds: boolean): string | undefined {
  const cron = text.trim();
  if (cron.startsWith("@")) return NICKNAMES.has(cron) ? undefined : `known names: ${[...NICKNAMES].join(", ")}`;
  const fields = withSeconds ? [SECONDS, ...FIELDS] : FIELDS;
  const parts = cron.split(/\s+/);
  if (parts.length !== fields.length) {
    const remedy = !withSeconds && parts.length === 6 ? "; set `withSeconds: true` for a field of seconds" : "";
    return `it has ${parts.length} fields, ${fields.length} are needed${remedy}`;
  }
  for (const [index, field] of fields.entries()) {
    const problem = parts[index]!.split(",")
      .map((item) => itemProblem(item, field))
      .find((found) => found !== undefined);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const MONTH_LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The day that none of the months has which a cron expression names, so that its date never comes. Days of the week count
 * beside it, so that with them there are dates.
 */
export function dayThatNeverComes(cron: string): number | undefined {
  const [days = "", months = "", weekdays = ""] = cron.trim().split(/\s+/).slice(-3);
  if (!/^[*?]$/.test(weekdays) || !/^[\d,-]+$/.test(days) || months.includes("/")) return undefined;
  const first = Math.min(...days.split(",").map((item) => Number(item.split("-")[0])));
  const longest = Math.max(...months.split(",").map((item) => longestOf(item)));
  return first > longest ? first : undefined;
}

function longestOf(item: string): number {
  const [low, high] = item.split("-").map((name) => valueOf(name, FIELDS[3]!));
  // A range over the turn of the year has December or January in it.
  if (low === undefined || (high !== undefined && high < low)) return 31;
  return Math.max(...MONTH_LENGTHS.slice(low - 1, high ?? low));
}

function itemProblem(item: string, field: Field): string | undefined {
  const wrong = `"${item}" is no ${field.name}`;
  const [range = "", step, ...rest] = item.split("/");
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return wrong;
  if (range === "*" || range === "?" || /^(?:L|LW|L-\d+|\d+W|\w+#[1-5]|\w+L)$/i.test(range)) return undefined;
  const [from = "", to, ...more] = range.split("-");
  if (more.length > 0) return wrong;
  const low = valueOf(from, field);
  const high = to === undefined ? low : valueOf(to, field);
  if (low === undefined || high === undefined) return `${wrong}: ${field.smallest} to ${field.largest} are possible`;
  return low > high && field.names === undefined ? `${wrong}: the range is upside down` : undefined;
}

function valueOf(text: string, { smallest, largest, names }: Field): number | undefined {
  const named = names?.indexOf(text.toUpperCase()) ?? -1;
  if (named !== -1) return named + (smallest === 1 ? 1 : 0);
  if (!/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= smallest && value <= largest ? value : undefined;
}
