import { TaskFailure } from "@capstan/sdk";
import { Readable } from "node:stream";
import type { Cell, CellFormats } from "./cell.ts";

/** What Excel can hold. */
export const ROWS_MAX = 1_048_576;
export const COLUMNS_MAX = 16_384;
export const CELL_CHARACTERS_MAX = 32_767;
const SHEET_NAME_CHARACTERS_MAX = 31;
const BLOCK_CHARACTERS = 65_536;

export interface Sheet {
  readonly name: string;
  readonly rows: AsyncIterable<readonly Cell[]>;
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** The bytes of an XLSX file, row by row. Throws `TaskFailure` for what Excel can't hold. */
export async function workbookOf(sheets: readonly Sheet[], formats: CellFormats): Promise<Readable> {
  checkNames(sheets.map(({ name }) => name));
  const { ZipFile } = await import("yazl");
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const fail = (error: Error) => void output.destroy(error);
  zip.on("error", fail);
  const parts = { ...frameOf(sheets), "xl/styles.xml": stylesOf(formats) };
  for (const [path, text] of Object.entries(parts)) zip.addBuffer(Buffer.from(XML + text), path);
  for (const [index, sheet] of sheets.entries())
    zip.addReadStreamLazy(sheetPath(index), { compress: true }, (give) =>
      give(null, Readable.from(sheetXml(sheet)).on("error", fail)),
    );
  zip.end();
  return output;
}

function sheetPath(index: number): string {
  return `xl/worksheets/sheet${index + 1}.xml`;
}

function checkNames(names: readonly string[]): void {
  const taken = new Set<string>();
  for (const name of names) {
    if (name.trim() === "" || name.length > SHEET_NAME_CHARACTERS_MAX || /[[\]:*?/\\]|^'|'$/.test(name))
      throw new TaskFailure(
        `A sheet can't be named "${name}": use up to ${SHEET_NAME_CHARACTERS_MAX} characters, and none of [ ] : * ? / \\.`,
      );
    if (taken.has(name.toLowerCase())) throw new TaskFailure(`Two sheets are named "${name}": Excel ignores case.`);
    taken.add(name.toLowerCase());
  }
}

function frameOf(sheets: readonly Sheet[]): Record<string, string> {
  const each = (write: (name: string, number: number) => string) =>
    sheets.map(({ name }, index) => write(escaped(name), index + 1)).join("");
  return {
    "[Content_Types].xml":
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `<Override PartName="/xl/workbook.xml" ContentType="${CONTENT}.sheet.main+xml"/>` +
      `<Override PartName="/xl/styles.xml" ContentType="${CONTENT}.styles+xml"/>` +
      each(
        (_name, number) => `<Override PartName="/${sheetPath(number - 1)}" ContentType="${CONTENT}.worksheet+xml"/>`,
      ) +
      "</Types>",
    "_rels/.rels": `<Relationships xmlns="${RELATIONS}"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml":
      `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>` +
      each((name, number) => `<sheet name="${name}" sheetId="${number}" r:id="rId${number}"/>`) +
      "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels":
      `<Relationships xmlns="${RELATIONS}">` +
      each(
        (_name, number) =>
          `<Relationship Id="rId${number}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${number}.xml"/>`,
      ) +
      `<Relationship Id="rId${sheets.length + 1}" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
  };
}

/** Styles 1, 2 and 3 are those of dates, times, and both. */
function stylesOf({ date, time, dateTime }: CellFormats): string {
  const formats = [date, time, dateTime].map(
    (code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${escaped(code)}"/>`,
  );
  const styles = [0, 164, 165, 166].map(
    (id) =>
      `<xf numFmtId="${id}" fontId="0" fillId="0" borderId="0" xfId="0"${id === 0 ? "" : ' applyNumberFormat="1"'}/>`,
  );
  return (
    `<styleSheet xmlns="${MAIN}"><numFmts count="3">${formats.join("")}</numFmts>` +
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>' +
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
    `<cellXfs count="4">${styles.join("")}</cellXfs>` +
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
  );
}

async function* sheetXml({ name, rows }: Sheet): AsyncGenerator<Buffer> {
  let block = `${XML}<worksheet xmlns="${MAIN}"><sheetData>`;
  const columns: string[] = [];
  let number = 0;
  for await (const cells of rows) {
    for (let index = columns.length; index < Math.min(cells.length, COLUMNS_MAX); index += 1)
      columns.push(columnName(index));
    number += 1;
    if (number > ROWS_MAX)
      throw new TaskFailure(
        `The sheet ${name} would have more than the ${ROWS_MAX} rows that Excel allows. Split the records.`,
      );
    block += rowXml(cells, columns, { number, sheet: name });
    if (block.length < BLOCK_CHARACTERS) continue;
    yield Buffer.from(block);
    block = "";
  }
  yield Buffer.from(`${block}</sheetData></worksheet>`);
}

/** `A`, `B` … `XFD`. */
function columnName(index: number): string {
  let name = "";
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  return name;
}

interface Row {
  readonly number: number;
  readonly sheet: string;
}

function rowXml(cells: readonly Cell[], columns: readonly string[], { number, sheet }: Row): string {
  if (cells.length > COLUMNS_MAX)
    throw new TaskFailure(
      `Row ${number} of the sheet ${sheet} would have more than the ${COLUMNS_MAX} columns that Excel allows.`,
    );
  let xml = `<row r="${number}">`;
  for (const [index, cell] of cells.entries()) {
    if (cell === null) continue;
    const place = `<c r="${columns[index]}${number}"`;
    if (typeof cell === "number") xml += `${place}><v>${cell}</v></c>`;
    else if (typeof cell === "boolean") xml += `${place} t="b"><v>${cell ? 1 : 0}</v></c>`;
    else if (typeof cell === "object") xml += `${place} s="${cell.style}"><v>${cell.serial}</v></c>`;
    else if (cell.length <= CELL_CHARACTERS_MAX)
      xml += `${place} t="inlineStr"><is><t xml:space="preserve">${escaped(cell)}</t></is></c>`;
    else
      throw new TaskFailure(
        `The cell ${columns[index]}${number} of the sheet ${sheet} would have ${cell.length} characters; Excel allows ${CELL_CHARACTERS_MAX}.`,
      );
  }
  return `${xml}</row>`;
}

// oxlint-disable-next-line no-control-regex -- these are the characters that XML can't hold
const SPECIAL = /[&<>"\u0000-\u0008\u000B-\u001F\uFFFE\uFFFF]|_(?=x[0-9A-Fa-f]{4}_)|\p{Surrogate}/gu;
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** What XML can't hold is written as its code between underscores, as Excel has it. */
function escaped(text: string): string {
  return text.replaceAll(
    SPECIAL,
    (character) => ESCAPES[character] ?? `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`,
  );
}
