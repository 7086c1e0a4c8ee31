import type { Position, Range } from "../diagnostic.ts";
import type { Placed } from "./source-node.ts";

/** Turns character offsets of one source text into lines and columns. */
export interface Positions {
  at(offset: number): Position;
  range(place: Placed): Range;
}

export function createPositions(source: string): Positions {
  const lineStarts = [0];
  for (let next = source.indexOf("\n"); next !== -1; next = source.indexOf("\n", next + 1)) lineStarts.push(next + 1);
  const at = (offset: number): Position => {
    let low = 0;
    let high = lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - lineStarts[low]! + 1, offset };
  };
  return { at, range: ({ start, end }) => ({ start: at(start), end: at(Math.max(start, end)) }) };
}
