import { TaskFailure } from "@capstan/sdk";

/** How a CSV file is written. Separator and delimiter are one character each. */
export interface CsvDialect {
  readonly fieldSeparator: string;
  readonly textDelimiter: string;
  /** Whether text behind a closing delimiter belongs to the field. */
  readonly allowExtraCharsAfterClosingQuote: boolean;
  /** Characters that a field may have. */
  readonly maxFieldSize: number;
}

export interface CsvRow {
  readonly fields: readonly string[];
  /** The line that the row begins in, from 1. */
  readonly line: number;
  /** Why it can't be read; such a row ends with its line. */
  readonly problem?: string;
}

/** Fields that a row may have. */
export const FIELDS_MAX = 16_384;
/** Characters that the fields of a row may have together. */
export const ROW_CHARACTERS_MAX = 64 * 1_024 * 1_024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Reads CSV as RFC 4180 has it, and lines that end with a carriage return alone. A delimiter within a field that doesn't begin with one
 * is text. Text comes in pieces that may end anywhere. Throws `TaskFailure` when a limit is passed.
 */
export async function* parseCsv(texts: AsyncIterable<string>, dialect: CsvDialect): AsyncGenerator<CsvRow> {
  const cursor = startOf(dialect);
  for await (const piece of texts) {
    cursor.text += piece;
    yield* rowsOf(cursor);
  }
  cursor.isEnd = true;
  yield* rowsOf(cursor);
}

/** What is being read and how far it has been read. */
interface Cursor {
  readonly dialect: CsvDialect;
  readonly separator: number;
  readonly delimiter: number;
  /** What is no part of a row yet: it begins with the field being read. */
  text: string;
  /** Whether no further text comes. */
  isEnd: boolean;
  /** Where the field being read begins. */
  start: number;
  /** Where the search for the end of the field goes on. */
  offset: number;
  /** The fields before it, and their characters. */
  fields: string[];
  characters: number;
  /** The line of the field, and that of its row. */
  line: number;
  rowLine: number;
}

function startOf(dialect: CsvDialect): Cursor {
  const { fieldSeparator, textDelimiter } = dialect;
  if (fieldSeparator === textDelimiter || /[\r\n]/.test(fieldSeparator + textDelimiter))
    throw new TaskFailure("`fieldSeparator` and `textDelimiter` must be two characters, and no line ends.");
  return {
    dialect,
    separator: fieldSeparator.charCodeAt(0),
    delimiter: textDelimiter.charCodeAt(0),
    text: "",
    isEnd: false,
    start: 0,
    offset: 0,
    fields: [],
    characters: 0,
    line: 1,
    rowLine: 1,
  };
}

/** The rows that end within the text that is there. */
function* rowsOf(cursor: Cursor): Generator<CsvRow> {
  while (cursor.start < cursor.text.length || cursor.fields.length > 0) {
    const isDelimited = cursor.text.charCodeAt(cursor.start) === cursor.delimiter;
    const row = isDelimited ? readDelimited(cursor) : readPlain(cursor);
    if (row === "incomplete") break;
    if (row !== undefined) yield row;
  }
  if (cursor.text.length - cursor.start > cursor.dialect.maxFieldSize + 2) throw tooLong(cursor);
  cursor.text = cursor.text.slice(cursor.start);
  cursor.offset -= cursor.start;
  cursor.start = 0;
}

/** The row that the field ends, if it does. */
type Read = CsvRow | undefined | "incomplete";

function readPlain(cursor: Cursor): Read {
  const end = endOfPlain(cursor, cursor.offset, cursor.separator);
  cursor.offset = end;
  return isOpen(cursor, end) ? "incomplete" : endField(cursor, cursor.text.slice(cursor.start, end), end);
}

function readDelimited(cursor: Cursor): Read {
  const { textDelimiter, allowExtraCharsAfterClosingQuote } = cursor.dialect;
  const close = closing(cursor);
  if (close === undefined)
    return cursor.isEnd
      ? endRow(cursor, cursor.text.length, `a field begins with ${textDelimiter}, which is never closed`)
      : "incomplete";
  const end = endOfPlain(cursor, close + 1, cursor.separator);
  if (isOpen(cursor, end)) return "incomplete";
  const content = cursor.text.slice(cursor.start + 1, close);
  const extra = cursor.text.slice(close + 1, end);
  if (extra !== "" && !allowExtraCharsAfterClosingQuote) {
    const endOfLine = endOfPlain(cursor, end);
    if (isOpen(cursor, endOfLine)) return "incomplete";
    cursor.line += lineEnds(content);
    return endRow(cursor, endOfLine, `a field goes on with ${shown(extra)} behind its closing ${textDelimiter}`);
  }
  cursor.line += lineEnds(content);
  return endField(cursor, unescaped(content, textDelimiter) + extra, end);
}

/** The index of a separator or a line end; that of the end of the text without one. */
function endOfPlain({ text }: Cursor, from: number, separator = LINE_FEED): number {
  for (let index = from; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === separator || code === LINE_FEED || code === CARRIAGE_RETURN) return index;
  }
  return text.length;
}

/** The index of the delimiter that closes the field; undefined when it isn't there, or may be the first of two. */
function closing(cursor: Cursor): number | undefined {
  const { text, dialect, delimiter, isEnd } = cursor;
  for (let from = Math.max(cursor.offset, cursor.start + 1); ; from = cursor.offset) {
    const found = text.indexOf(dialect.textDelimiter, from);
    cursor.offset = found === -1 ? text.length : found;
    if (found === -1 || (found + 1 === text.length && !isEnd)) return undefined;
    if (text.charCodeAt(found + 1) !== delimiter) return found;
    cursor.offset = found + 2;
  }
}

/** Whether it takes more text to tell what is at an index: nothing yet, or half of a line end. */
function isOpen({ text, isEnd }: Cursor, index: number): boolean {
  return !isEnd && (index === text.length || (index + 1 === text.length && text.charCodeAt(index) === CARRIAGE_RETURN));
}

function endField(cursor: Cursor, value: string, end: number): CsvRow | undefined {
  if (value.length > cursor.dialect.maxFieldSize) throw tooLong(cursor);
  cursor.fields.push(value);
  cursor.characters += value.length;
  if (cursor.fields.length > FIELDS_MAX || cursor.characters > ROW_CHARACTERS_MAX)
    throw new TaskFailure(
      `The row of line ${cursor.rowLine} has more than ${FIELDS_MAX} fields or ${ROW_CHARACTERS_MAX} characters. ` +
        "Check `fieldSeparator` and `textDelimiter`.",
    );
  if (cursor.text.charCodeAt(end) !== cursor.separator) return endRow(cursor, end);
  cursor.start = cursor.offset = end + 1;
  return undefined;
}

function endRow(cursor: Cursor, end: number, problem?: string): CsvRow {
  const { text, fields, rowLine } = cursor;
  const isPair = text.charCodeAt(end) === CARRIAGE_RETURN && text.charCodeAt(end + 1) === LINE_FEED;
  cursor.start = cursor.offset = Math.min(text.length, end + (isPair ? 2 : 1));
  cursor.rowLine = cursor.line += 1;
  cursor.fields = [];
  cursor.characters = 0;
  return problem === undefined ? { fields, line: rowLine } : { fields, line: rowLine, problem };
}

function lineEnds(content: string): number {
  return content.match(/\r\n|[\r\n]/g)?.length ?? 0;
}

function unescaped(content: string, delimiter: string): string {
  return content.includes(delimiter) ? content.replaceAll(delimiter + delimiter, delimiter) : content;
}

function tooLong({ rowLine, dialect: { maxFieldSize, textDelimiter } }: Cursor): TaskFailure {
  return new TaskFailure(
    `A field of the row of line ${rowLine} has more than ${maxFieldSize} characters. Most often a ` +
      `${textDelimiter} was not closed; otherwise raise \`maxFieldSize\` and \`maxBufferSize\`.`,
  );
}

function shown(text: string): string {
  return JSON.stringify(text.length > 20 ? `${text.slice(0, 20)}…` : text);
}
