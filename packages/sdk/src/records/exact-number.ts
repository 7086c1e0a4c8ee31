/** At most 15 digits, which every number of JavaScript gives back unchanged. */
const SHORT = /^-?(?:\d{1,15}|(?=.{3,16}$)\d+\.\d+)$/u;
/** As many digits as tell every number of single precision from the others. */
const SINGLE_DIGITS_MAX = 9;
const DECIMAL = /^([-+]?)0*(\d*)\.?(\d*)(?:e([-+]?\d+))?$/iu;

/**
 * A number from its decimal text, if a JavaScript number gives back that very value; otherwise the text. `12.50` becomes 12.5 and `1E+2`
 * 100; `9007199254740993`, `0.12345678901234567` and `NaN` stay texts. So do whole numbers beyond the safe ones in any form.
 */
export function exactNumber(written: string): number | string {
  const number = Number(written);
  if (SHORT.test(written)) return number;
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) return written;
  const value = valueOf(written);
  return value !== undefined && value === valueOf(String(number)) ? number : written;
}

/** A whole number as it goes into JSON: as the text of its digits beyond the safe ones. */
export function exactInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** A floating number as it goes into JSON, which has no `NaN` and no infinity: those are texts. */
export function floatValue(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The shortest number that is the same in single precision: 1.1 for what double precision calls 1.100000023841858. */
export function singleValue(value: number): number | string {
  const single = Math.fround(value);
  for (let digits = 6; digits < SINGLE_DIGITS_MAX; digits += 1) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return floatValue(Number(single.toPrecision(SINGLE_DIGITS_MAX)));
}

/** The same for all ways to write a value: its digits without zeros around them, and how far the first is before the point. */
function valueOf(written: string): string | undefined {
  const [, sign, whole = "", fraction = "", exponent = "0"] = DECIMAL.exec(written) ?? [];
  if (sign === undefined || !/\d/u.test(written)) return undefined;
  const digits = (whole + fraction).replace(/^0+/u, "");
  const point = digits.length - fraction.length + Number(exponent);
  const significant = digits.replace(/0+$/u, "");
  return significant === "" ? "0" : `${sign === "-" ? "-" : ""}${significant}e${point}`;
}
