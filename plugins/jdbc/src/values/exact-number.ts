export { exactInteger, floatValue, singleValue } from "@capstan/sdk";

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
