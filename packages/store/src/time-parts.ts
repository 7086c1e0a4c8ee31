import type { TimePart } from "./statistics.ts";

/** Finds the position of the part that a time belongs to, among parts that follow each other; undefined outside of all. */
export function partFinder(parts: readonly TimePart[]): (time: number) => number | undefined {
  return (time) => {
    let [low, high] = [0, parts.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const { from, before } = parts[middle]!;
      if (time < from) high = middle - 1;
      else if (time >= before) low = middle + 1;
      else return middle;
    }
    return undefined;
  };
}
