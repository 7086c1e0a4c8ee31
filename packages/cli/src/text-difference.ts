/** One line of a comparison: kept, only in the old text, or only in the new one. */
export interface DifferenceLine {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/** The shortest way from one text to another, line by line; empty when they are equal. */
export function differenceOf(before: string, after: string): readonly DifferenceLine[] {
  if (before === after) return [];
  const old = before.split("\n");
  const next = after.split("\n");
  const common = commonLengths(old, next);
  const lines: DifferenceLine[] = [];
  let row = 0;
  let column = 0;
  while (row < old.length || column < next.length) {
    if (row < old.length && column < next.length && old[row] === next[column]) {
      lines.push({ mark: " ", text: old[row]! });
      row += 1;
      column += 1;
    } else if (column >= next.length || (row < old.length && common[row + 1]![column]! >= common[row]![column + 1]!)) {
      lines.push({ mark: "-", text: old[row]! });
      row += 1;
    } else {
      lines.push({ mark: "+", text: next[column]! });
      column += 1;
    }
  }
  return lines;
}

/** `[row][column]`: how many lines the rest of both texts have in common, in order. */
function commonLengths(old: readonly string[], next: readonly string[]): readonly Uint32Array[] {
  const table = Array.from({ length: old.length + 1 }, () => new Uint32Array(next.length + 1));
  for (let row = old.length - 1; row >= 0; row -= 1)
    for (let column = next.length - 1; column >= 0; column -= 1)
      table[row]![column] =
        old[row] === next[column]
          ? table[row + 1]![column + 1]! + 1
          : Math.max(table[row + 1]![column]!, table[row]![column + 1]!);
  return table;
}
