/** One line of a comparison: kept, only in the old text, or only in the new one. */
export interface DifferenceLine {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/** Kept lines on each side of a change that `withContext` leaves. */
const CONTEXT_LINES = 3;
/** Cells of the comparing table; texts that would need more are shown as replaced whole. */
const CELLS_MAX = 16_000_000;

/** The shortest way from one text to another, line by line; empty when they are equal. */
export function differenceOf(before: string, after: string): readonly DifferenceLine[] {
  if (before === after) return [];
  const old = before.split("\n");
  const next = after.split("\n");
  const head = commonStart(old, next);
  const tail = commonStart(old.slice(head).toReversed(), next.slice(head).toReversed());
  return [
    ...old.slice(0, head).map(kept),
    ...changesOf(old.slice(head, old.length - tail), next.slice(head, next.length - tail)),
    ...old.slice(old.length - tail).map(kept),
  ];
}

/** Only the changes and the lines around them; `gap` stands for what is left out. */
export function withContext(lines: readonly DifferenceLine[]): readonly (DifferenceLine | "gap")[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1).some(({ mark }) => mark !== " "),
  );
  return lines.flatMap((line, index): readonly (DifferenceLine | "gap")[] => {
    if (isNear[index] === true) return [line];
    return index === 0 || isNear[index - 1] === true ? ["gap"] : [];
  });
}

function kept(text: string): DifferenceLine {
  return { mark: " ", text };
}

/** How many lines both begin with. */
function commonStart(old: readonly string[], next: readonly string[]): number {
  const first = old.findIndex((line, index) => line !== next[index]);
  return first === -1 ? Math.min(old.length, next.length) : first;
}

function changesOf(old: readonly string[], next: readonly string[]): readonly DifferenceLine[] {
  if (old.length * next.length > CELLS_MAX)
    return [
      ...old.map((text) => ({ mark: "-", text }) as const),
      ...next.map((text) => ({ mark: "+", text }) as const),
    ];
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
