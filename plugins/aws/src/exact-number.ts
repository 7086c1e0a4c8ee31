/** As many digits as every number of JavaScript gives back unchanged. */
const DIGITS_MAX = 15;

/**
 * A number from its decimal text, if a JavaScript number has its very value; otherwise that text. `12.5` becomes 12.5,
 * `9007199254740993` stays a text.
 */
export function exactNumber(written: string): number | string {
  const number = Number(written);
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) return written;
  const digits = written.replace(/e.*$/i, "").replaceAll(/[-.]/g, "").replace(/^0+/, "");
  return digits.length <= DIGITS_MAX || String(number) === written ? number : written;
}
