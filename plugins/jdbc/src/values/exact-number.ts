import { floatValue } from "@capstan/sdk";

export { exactInteger, floatValue } from "@capstan/sdk";

/** As many digits as every number of JavaScript gives back unchanged. */
const DIGITS_MAX = 15;
/** Beyond these a JavaScript number is infinite, or nothing. */
const MAGNITUDE_MAX = 1e300;
const MAGNITUDE_MIN = 1e-300;

/**
 * A number from its digits, if a JavaScript number has its very value; otherwise the digits themselves, as a text. `12.50` becomes 12.5,
 * `9007199254740993` and `0.12345678901234567` stay texts, as does `NaN`.
 */
export function exactNumber(digits: string): number | string {
  const number = Number(digits);
  if (!Number.isFinite(number)) return digits;
  const [, whole = "", fraction = ""] = /^-?0*(\d*)(?:\.(\d*?)0*)?$/u.exec(digits) ?? [];
  if (whole === "" && fraction === "" && number !== 0) return digits;
  if (fraction === "") return Number.isSafeInteger(number) ? number : digits;
  const magnitude = Math.abs(number);
  const isShort = (whole + fraction).replace(/^0+/u, "").length <= DIGITS_MAX;
  return isShort && magnitude > MAGNITUDE_MIN && magnitude < MAGNITUDE_MAX ? number : digits;
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

/** As many digits as tell every number of single precision from the others. */
const SINGLE_DIGITS_MAX = 9;
