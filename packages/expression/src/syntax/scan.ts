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
const RAW_OPEN = /\{%-*\s*raw\s*-*%\}/uy;
const RAW_CLOSE = /\{%-*\s*endraw\s*-*%\}/gu;
const RAW_TAG = /\{%-*\s*(?:end)?raw\s*-*%\}/uy;
const VERBATIM_OPEN = /\{%-?\s*verbatim\s*-?%\}/uy;
const VERBATIM_CLOSE = /\{%-?\s*endverbatim\s*-?%\}/gu;
const LINE_END = /[\n\r\u0085\u2028\u2029]/gu;
const COMMENT = /\{#[\s\S]*?#\}/uy;

/** Where what is looked for stands next. Asked with offsets that only grow, it passes the source once. */
type Search = (from: number) => { readonly start: number; readonly end: number } | undefined;

/** Searches for the ends of blocks that are not read as code. */
interface Searches {
  readonly rawClose: Search;
  readonly verbatimClose: Search;
  readonly lineEnd: Search;
}

function searchesIn(source: string): Searches {
  const search = (pattern: RegExp): Search => {
    let found: { start: number; end: number } | undefined | null = null;
    return (from) => {
      if (found !== undefined && (found === null || found.start < from)) {
        pattern.lastIndex = from;
        const match = pattern.exec(source);
        found = match === null ? undefined : { start: match.index, end: match.index + match[0].length };
      }
      return found ?? undefined;
    };
  };
  return { rawClose: search(RAW_CLOSE), verbatimClose: search(VERBATIM_CLOSE), lineEnd: search(LINE_END) };
}

/** A text whose raw blocks have given up their tags, but kept what is between them. */
export function withoutRawTags(text: string): string {
  if (!text.includes("raw")) return text;
  const searches = searchesIn(text);
  let result = "";
  let offset = 0;
  for (let start = text.indexOf("{%"); start !== -1; start = text.indexOf("{%", Math.max(start + 2, offset))) {
    const block = rawBlockAt(text, start, searches);
    if (block === undefined) continue;
    result += text.slice(offset, start) + block.text;
    offset = block.end;
  }
  return result + text.slice(offset);
}

/** The raw block that opens here. It protects what is between its tags only when both stand on one line. */
function rawBlockAt(source: string, start: number, searches: Searches): { text: string; end: number } | undefined {
  RAW_OPEN.lastIndex = start;
  const open = RAW_OPEN.exec(source)?.[0];
  if (open === undefined) return undefined;
  const textStart = start + open.length;
  const close = searches.rawClose(textStart);
  const lineEnd = searches.lineEnd(textStart);
  if (close === undefined || (lineEnd !== undefined && lineEnd.start < close.start)) return undefined;
  return { text: source.slice(textStart, close.start), end: close.end };
}

/** Cuts a source into segments. Problems are added to `problems`, reading goes on behind them. */
export function scan(source: string, problems: Problem[]): Segment[] {
  const segments: Segment[] = [];
  const searches = searchesIn(source);
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
    const piece = readPiece(source, start, searches, problems);
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

function readPiece(source: string, start: number, searches: Searches, problems: Problem[]): Piece {
  const character = source[start + 1];
  if (character === "#") return readComment(source, start, problems);
  if (character === "%") {
    const fixed = readRaw(source, start, searches) ?? readVerbatim(source, start, searches, problems);
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
    const hint = "Put {% raw %}…{% endraw %} around what is no comment, such as ${#list[@]} of a shell.";
    problems.push({ message: 'The comment is never closed by "#}"', offset: start, length: 2, hint });
    return { end: source.length, trimsNext: false };
  }
  return { end: start + text.length, trimsNext: text.endsWith("-#}") };
}

function readRaw(source: string, start: number, searches: Searches): Piece | undefined {
  const block = rawBlockAt(source, start, searches);
  if (block !== undefined) {
    const { text, end } = block;
    const segment: Segment = { kind: "raw", text, source: source.slice(start, end), offset: start, end };
    return { segment, end, trimsNext: false };
  }
  // The tags of a block over several lines vanish, what is between them is rendered.
  RAW_TAG.lastIndex = start;
  const tag = RAW_TAG.exec(source)?.[0];
  return tag === undefined ? undefined : { end: start + tag.length, trimsNext: false };
}

function readVerbatim(source: string, start: number, searches: Searches, problems: Problem[]): Piece | undefined {
  VERBATIM_OPEN.lastIndex = start;
  const open = VERBATIM_OPEN.exec(source)?.[0];
  if (open === undefined) return undefined;
  const textStart = start + open.length;
  const close = searches.verbatimClose(textStart);
  if (close === undefined) {
    const message = '"{% verbatim %}" is never closed by "{% endverbatim %}"';
    problems.push({ message, offset: start, length: open.length });
    return { end: textStart, trimsNext: false };
  }
  const text = source.slice(textStart, close.start);
  return { segment: { kind: "text", text, offset: start, end: close.end }, end: close.end, trimsNext: false };
}
