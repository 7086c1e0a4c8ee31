import { InvalidArgumentError } from "commander";

/** Reads an option's whole number within its bounds. */
export function wholeNumber(least: number, most = 999_999_999): (text: string) => number {
  const range = most < 999_999_999 ? `from ${least} to ${most}` : `of ${least} or more`;
  return (text) => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < least || Number(text) > most)
      throw new InvalidArgumentError(`It must be a whole number ${range}.`);
    return Number(text);
  };
}
