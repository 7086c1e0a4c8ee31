/** Where a text is cut, the coarser places first; what is cut too long is cut at the next ones. */
const LEVELS = {
  RECURSIVE: ["PARAGRAPH", "LINE", "SENTENCE", "WORD", "CHARACTER"],
  PARAGRAPH: ["PARAGRAPH", "SENTENCE", "WORD", "CHARACTER"],
  LINE: ["LINE", "SENTENCE", "WORD", "CHARACTER"],
  SENTENCE: ["SENTENCE", "WORD", "CHARACTER"],
  WORD: ["WORD", "CHARACTER"],
} as const;

export const SPLITTERS = ["RECURSIVE", "PARAGRAPH", "LINE", "SENTENCE", "WORD"] as const;
type Level = (typeof LEVELS)["RECURSIVE"][number];

/** What stands between two pieces of a segment. */
const JOINS: Readonly<Record<Level, string>> = {
  PARAGRAPH: "\n\n",
  LINE: "\n",
  SENTENCE: " ",
  WORD: " ",
  CHARACTER: "",
};

export interface Splitting {
  readonly splitter: (typeof SPLITTERS)[number];
  /** In characters; the overlap is less. */
  readonly maxSegmentSizeInChars: number;
  readonly maxOverlapSizeInChars: number;
}

interface Piece {
  readonly text: string;
  /** What stands before it in a segment. */
  readonly join: string;
}

/** Cuts a text into segments that are as long as they may be, each beginning with the last words of the one before. */
export function splitText(text: string, splitting: Splitting): readonly string[] {
  const { splitter, maxSegmentSizeInChars: size, maxOverlapSizeInChars: overlap } = splitting;
  const segments: string[] = [];
  let segment = "";
  for (const piece of piecesOf(text, LEVELS[splitter], size)) {
    if (segment === "") segment = piece.text;
    else if (segment.length + piece.join.length + piece.text.length <= size) segment += piece.join + piece.text;
    else {
      segments.push(segment);
      const room = Math.min(overlap, size - piece.join.length - piece.text.length);
      const last = lastWords(segment, room);
      segment = last === "" ? piece.text : last + piece.join + piece.text;
    }
  }
  if (segment !== "") segments.push(segment);
  return segments;
}

function piecesOf(text: string, [level, ...finer]: readonly Level[], size: number): readonly Piece[] {
  if (level === undefined) return [];
  const pieces: Piece[] = [];
  for (const cut of cutAt(text, level, size)) {
    if (cut.length <= size) pieces.push({ text: cut, join: JOINS[level] });
    else
      pieces.push(
        ...piecesOf(cut, finer, size).map((piece, index) => (index === 0 ? { ...piece, join: JOINS[level] } : piece)),
      );
  }
  return pieces;
}

function cutAt(text: string, level: Level, size: number): readonly string[] {
  return cuts(text, level, size).filter((piece) => piece.trim() !== "");
}

function cuts(text: string, level: Level, size: number): readonly string[] {
  switch (level) {
    case "PARAGRAPH":
      return text.split(/\s*\n\s*\n\s*/).map((piece) => piece.trim());
    case "LINE":
      return text.split(/\s*\n\s*/).map((piece) => piece.trim());
    case "SENTENCE":
      return [...new Intl.Segmenter("en", { granularity: "sentence" }).segment(text)].map(({ segment }) =>
        segment.trim(),
      );
    case "WORD":
      return text.trim().split(/\s+/);
    case "CHARACTER":
      return inSlices(text, size);
    default:
      return level satisfies never;
  }
}

/** No slice ends between the two halves of a character. */
function inSlices(text: string, size: number): readonly string[] {
  const slices: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + size, text.length);
    if (to < text.length && to - from > 1 && /[\uD800-\uDBFF]/.test(text[to - 1] ?? "")) to -= 1;
    slices.push(text.slice(from, to));
    from = to;
  }
  return slices;
}

/** Whole words at the end of a text. */
function lastWords(text: string, room: number): string {
  if (room <= 0) return "";
  if (text.length <= room) return text;
  const end = text.slice(-room);
  const isWhole = /\s/.test(text[text.length - room - 1] ?? "");
  const from = isWhole ? 0 : end.search(/\s/);
  return from < 0 ? "" : end.slice(from).trim();
}
