import { TaskFailure } from "@capstan/sdk";

/** Powers of 1024, as for the command line of Docker. */
const UNITS: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4 };

/** The bytes of a text such as `512MB`, `1.5g`, `64KiB` or `1048576`. Throws `TaskFailure`, naming the property, for anything else. */
export function byteSize(text: string, property: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text.trim()) ?? [];
  const power = UNITS[unit?.toLowerCase() ?? "none"];
  if (number === undefined || power === undefined)
    throw new TaskFailure(
      `\`${property}\` is "${text}", which is no size: write a number with a unit, such as 512MB or 2GB`,
    );
  return Math.round(Number(number) * 1_024 ** power);
}
