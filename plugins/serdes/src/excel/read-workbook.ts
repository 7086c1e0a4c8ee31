import { TaskFailure } from "@capstan/sdk";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import type { SaxesTagPlain } from "saxes";
import type { Entry, ZipFile } from "yauzl";
import { builtInDateFormat, isDateFormat } from "./number-format.ts";
import { COLUMNS_MAX, ROWS_MAX } from "./write-workbook.ts";

/** Bytes, unpacked, of each part of a workbook that is held in memory: its texts, and its styles. */
export const PART_BYTES_MAX = 256 * 1_024 * 1_024;
/** Parts of a workbook. */
const PARTS_MAX = 10_000;

/** A cell as it was read. */
export interface ReadCell {
  /** Null for a formula that was never calculated. */
  readonly value: string | number | boolean | null;
  readonly formula: string | undefined;
  /** The number format, when it is one of dates. */
  readonly dateFormat: string | undefined;
}

export interface Workbook extends Disposable {
  readonly sheetNames: readonly string[];
  /** Whether days are counted from 1904. */
  readonly is1904: boolean;
  /** The rows of a sheet that it has, each with its cells in their columns. */
  rows(sheetName: string): AsyncGenerator<readonly (ReadCell | undefined)[]>;
}

/** Opens an XLSX file of this machine. Its texts are held in memory, its rows are not. Throws `TaskFailure` for anything else. */
export async function openWorkbook(path: string): Promise<Workbook> {
  const { openPromise } = await import("yauzl");
  const zip = await openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw new TaskFailure("The file is no Excel file of the kind XLSX. Files of the older kind XLS can't be read.", {
      cause: error,
    });
  });
  try {
    return await readParts(zip);
  } catch (error) {
    zip.close();
    if (error instanceof TaskFailure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskFailure(`The Excel file can't be read: ${reason}.`, { cause: error });
  }
}

async function readParts(zip: ZipFile): Promise<Workbook> {
  const entries = await entriesOf(zip);
  const open = (path: string): Promise<Readable> | undefined => {
    const entry = entries.get(path.toLowerCase());
    return entry && zip.openReadStreamPromise(entry);
  };
  const part = async (
    path: string,
    onOpen: Handlers["open"],
    onText?: Handlers["text"],
    onClose?: Handlers["close"],
  ) => {
    const size = entries.get(path.toLowerCase())?.uncompressedSize ?? 0;
    if (size > PART_BYTES_MAX)
      throw new TaskFailure(`The Excel file has ${path} of ${size} bytes; ${PART_BYTES_MAX} are read at most.`);
    const stream = await open(path);
    const handlers = { open: onOpen, text: onText ?? ignore, close: onClose ?? ignore };
    if (stream !== undefined) for await (const _piece of parsed(stream, handlers));
  };
  const relations = new Map<string, string>();
  await part("xl/_rels/workbook.xml.rels", ({ attributes }) => {
    const { Id, Target = "" } = attributes;
    if (Id !== undefined)
      relations.set(Id, posix.join("xl", Target.startsWith("/") ? posix.relative("/xl", Target) : Target));
  });
  const sheets = new Map<string, string>();
  let is1904 = false;
  await part("xl/workbook.xml", ({ name, attributes }) => {
    if (localName(name) === "workbookPr") is1904 = isTrue(attributes["date1904"]);
    const target = relations.get(attributes["r:id"] ?? "");
    if (localName(name) === "sheet" && target !== undefined) sheets.set(attributes["name"] ?? "", target);
  });
  if (sheets.size === 0) throw new TaskFailure("The file is no Excel file of the kind XLSX: it has no sheets.");
  const dateFormats = await readDateFormats(part);
  const texts = await readSharedTexts(part);
  return {
    sheetNames: [...sheets.keys()],
    is1904,
    async *rows(sheetName) {
      const stream = await open(sheets.get(sheetName) ?? "");
      if (stream === undefined) throw new TaskFailure(`The Excel file has no sheet named "${sheetName}".`);
      yield* readRows(stream, texts, dateFormats, sheetName);
    },
    [Symbol.dispose]: () => zip.close(),
  };
}

async function entriesOf(zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  if (zip.entryCount > PARTS_MAX) throw new TaskFailure(`The Excel file has more than ${PARTS_MAX} parts.`);
  for await (const entry of zip.eachEntry()) entries.set(entry.fileName.toLowerCase(), entry);
  return entries;
}

interface Handlers {
  readonly open: (tag: SaxesTagPlain) => void;
  readonly text: (text: string) => void;
  readonly close: (name: string) => void;
}

type ReadPart = (
  path: string,
  open: Handlers["open"],
  text?: Handlers["text"],
  close?: Handlers["close"],
) => Promise<void>;

const ignore = () => undefined;

/** Reads XML; yields after each piece of it. */
async function* parsed(stream: Readable, handlers: Handlers): AsyncGenerator<void> {
  const { SaxesParser } = await import("saxes");
  const parser = new SaxesParser();
  parser.on("opentag", handlers.open);
  parser.on("text", handlers.text);
  parser.on("closetag", ({ name }) => handlers.close(name));
  stream.setEncoding("utf8");
  for await (const piece of stream) {
    parser.write(piece as string);
    yield;
  }
  parser.close();
}

/** The number format of each style; undefined for those that aren't of dates. */
async function readDateFormats(part: ReadPart): Promise<readonly (string | undefined)[]> {
  const codes = new Map<number, string>();
  const formats: (string | undefined)[] = [];
  let isWithinCellStyles = false;
  await part(
    "xl/styles.xml",
    ({ name, attributes }) => {
      const id = Number(attributes["numFmtId"]);
      if (localName(name) === "numFmt") codes.set(id, attributes["formatCode"] ?? "");
      if (localName(name) === "cellXfs") isWithinCellStyles = true;
      if (localName(name) !== "xf" || !isWithinCellStyles) return;
      const code = codes.get(id) ?? builtInDateFormat(id);
      formats.push(code !== undefined && isDateFormat(code) ? code : undefined);
    },
    undefined,
    (name) => {
      if (localName(name) === "cellXfs") isWithinCellStyles = false;
    },
  );
  return formats;
}

async function readSharedTexts(part: ReadPart): Promise<readonly string[]> {
  const texts: string[] = [];
  let current = "";
  let depthOfPhonetics = 0;
  let isText = false;
  await part(
    "xl/sharedStrings.xml",
    ({ name }) => {
      const local = localName(name);
      if (local === "si") current = "";
      if (local === "rPh") depthOfPhonetics += 1;
      isText = local === "t" && depthOfPhonetics === 0;
    },
    (text) => {
      if (isText) current += text;
    },
    (name) => {
      const local = localName(name);
      if (local === "t") isText = false;
      if (local === "rPh") depthOfPhonetics -= 1;
      if (local === "si") texts.push(unescaped(current));
    },
  );
  return texts;
}

async function* readRows(
  stream: Readable,
  texts: readonly string[],
  dateFormats: readonly (string | undefined)[],
  sheetName: string,
): AsyncGenerator<readonly (ReadCell | undefined)[]> {
  const rows: (ReadCell | undefined)[][] = [];
  let row: (ReadCell | undefined)[] = [];
  let cell: { column: number; type: string; style: number } = { column: 0, type: "n", style: 0 };
  let column = 0;
  let element = "";
  let value = "";
  let formula = "";
  let count = 0;
  const handlers: Handlers = {
    open({ name, attributes }) {
      element = localName(name);
      if (element === "row") {
        row = [];
        column = 0;
      }
      if (element !== "c") return;
      const place = attributes["r"];
      column = place === undefined ? column : columnOf(place);
      if (column >= COLUMNS_MAX) throw new TaskFailure(`The sheet ${sheetName} has more than ${COLUMNS_MAX} columns.`);
      cell = { column, type: attributes["t"] ?? "n", style: Number(attributes["s"] ?? 0) };
      column += 1;
      value = formula = "";
    },
    text(text) {
      if (element === "v" || element === "t") value += text;
      if (element === "f") formula += text;
    },
    close(name) {
      const local = localName(name);
      element = "";
      if (local === "c") {
        const read = cellOf(cell.type, value, texts);
        const dateFormat = typeof read === "number" ? dateFormats[cell.style] : undefined;
        if (read !== undefined || formula !== "")
          row[cell.column] = { value: read ?? null, formula: formula === "" ? undefined : formula, dateFormat };
      }
      if (local !== "row") return;
      count += 1;
      if (count > ROWS_MAX) throw new TaskFailure(`The sheet ${sheetName} has more than ${ROWS_MAX} rows.`);
      rows.push(row);
    },
  };
  for await (const _piece of parsed(stream, handlers)) yield* rows.splice(0);
  yield* rows.splice(0);
}

function cellOf(type: string, value: string, texts: readonly string[]): ReadCell["value"] | undefined {
  if (type === "s") return texts[Number(value)];
  if (type === "inlineStr" || type === "str") return unescaped(value);
  if (value === "") return undefined;
  if (type === "b") return isTrue(value);
  if (type === "n") return Number(value);
  // A date in ISO-8601, or an error such as #DIV/0!.
  return value;
}

/** The index of a column from the name of a cell: `B7` → 1. */
function columnOf(place: string): number {
  let column = 0;
  for (const letter of place.toUpperCase()) {
    const digit = letter.charCodeAt(0) - 64;
    if (digit < 1 || digit > 26) break;
    column = column * 26 + digit;
  }
  return column - 1;
}

/** Characters that XML can't hold are written as their code between underscores. */
function unescaped(text: string): string {
  return text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_match, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function isTrue(value: string | undefined): boolean {
  return value === "1" || value === "true";
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
