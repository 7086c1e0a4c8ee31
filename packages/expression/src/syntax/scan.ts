import { SyntaxAbort, type Problem, type Token } from "./tokens.ts";
import { tokenize } from "./tokenize.ts";

/** The parts of a source in order, comments dropped and whitespace control applied. */
export type Segment = { readonly offset: number; readonly end: number } & (
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "raw"; readonly text: string; readonly source: string }
  | { readonly kind: "print"; readonly tokens: readonly Token[] }
  /** Without its name token; `name` is empty when the tag has none. */
  | { readonly kind: "tag"; readonly name: string; readonly tokens: readonly Token[] }
);

const DELIMITER = /\{[{%#]/gu;
// A raw block ends on its own line; the whole pattern is matched before anything else is read.
const RAW = /\{%-*\s*raw\s*-*%\}(.*?)\{%-*\s*endraw\s*-*%\}/uy;
const RAW_TAG = /\{%-*\s*(?:end)?raw\s*-*%\}/uy;
const VERBATIM = /\{%-?\s*verbatim\s*-?%\}([\s\S]*?)\{%-?\s*endverbatim\s*-?%\}/uy;
const COMMENT = /\{#[\s\S]*?#\}/uy;

/** A text whose raw blocks have given up their tags, but kept what is between them. */
export function withoutRawTags(text: string): string {
  return text.includes("raw") ? text.replaceAll(new RegExp(RAW.source, "gu"), "$1") : text;
}

/** Cuts a source into segments. Problems are added to `problems`, reading goes on behind them. */
export function scan(source: string, problems: Problem[]): Segment[] {
  const segments: Segment[] = [];
  let offset = 0;
  let trimsNext = false;
  const addText = (end: number, trimsEnd: boolean): void => {
    let text = source.slice(offset, end);
    if (trimsNext) text = text.trimStart();
    if (trimsEnd) text = text.trimEnd();
    if (text !== "") segments.push({ kind: "text", text, offset, end });
  };
  for (;;) {
    DELIMITER.lastIndex = offset;
    const start = DELIMITER.exec(source)?.index;
    if (start === undefined) {
      addText(source.length, false);
      return segments;
    }
    addText(start, source[start + 2] === "-");
    const piece = readPiece(source, start, problems);
    if (piece.segment !== undefined) segments.push(piece.segment);
    offset = piece.end;
    trimsNext = piece.trimsNext;
  }
}

interface Piece {
  readonly segment?: Segment;
  readonly end: number;
  readonly trimsNext: boolean;
}

function readPiece(source: string, start: number, problems: Problem[]): Piece {
  const character = source[start + 1];
  if (character === "#") return readComment(source, start, problems);
  if (character === "%") {
    const fixed = readRaw(source, start) ?? readVerbatim(source, start);
    if (fixed !== undefined) return fixed;
  }
  const delimiter = character === "{" ? "}}" : "%}";
  const codeStart = start + (source[start + 2] === "-" ? 3 : 2);
  try {
    const { tokens, closeOffset, end } = tokenize(source, codeStart, delimiter);
    const trimsNext = source[closeOffset] === "-";
    const place = { offset: start, end };
    if (delimiter === "}}") return { segment: { kind: "print", tokens, ...place }, end, trimsNext };
    return { segment: tagOf(tokens, place), end, trimsNext };
  } catch (error) {
    if (!(error instanceof SyntaxAbort)) throw error;
    problems.push(error.problem);
    const close = source.indexOf(delimiter, codeStart);
    return { end: close === -1 ? source.length : close + 2, trimsNext: false };
  }
}

function tagOf(tokens: readonly Token[], place: { offset: number; end: number }): Segment {
  const first = tokens[0];
  const isNamed = first?.kind === "name";
  return { kind: "tag", name: isNamed ? first.text : "", tokens: isNamed ? tokens.slice(1) : tokens, ...place };
}

function readComment(source: string, start: number, problems: Problem[]): Piece {
  COMMENT.lastIndex = start;
  const text = COMMENT.exec(source)?.[0];
  if (text === undefined) {
    problems.push({ message: 'The comment is never closed by "#}"', offset: start, length: 2 });
    return { end: source.length, trimsNext: false };
  }
  return { end: start + text.length, trimsNext: text.endsWith("-#}") };
}

function readRaw(source: string, start: number): Piece | undefined {
  RAW.lastIndex = start;
  const match = RAW.exec(source);
  if (match !== null) {
    const end = start + match[0].length;
    const segment: Segment = { kind: "raw", text: match[1] ?? "", source: match[0], offset: start, end };
    return { segment, end, trimsNext: false };
  }
  // A raw block over several lines protects nothing: its tags vanish, what is between them is rendered.
  RAW_TAG.lastIndex = start;
  const tag = RAW_TAG.exec(source);
  return tag === null ? undefined : { end: start + tag[0].length, trimsNext: false };
}

function readVerbatim(source: string, start: number): Piece | undefined {
  VERBATIM.lastIndex = start;
  const match = VERBATIM.exec(source);
  if (match === null) return undefined;
  const end = start + match[0].length;
  return { segment: { kind: "text", text: match[1] ?? "", offset: start, end }, end, trimsNext: false };
}
