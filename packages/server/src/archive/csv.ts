import { Readable } from "node:stream";

type Cell = string | number | boolean | undefined;

/** A table as CSV (RFC 4180), its first line the names of the columns; written while it is read. */
export function writeCsv<Row>(
  columns: Readonly<Record<string, (row: Row) => Cell>>,
  rows: AsyncIterable<Row>,
): Readable {
  return Readable.from(linesOf(columns, rows), { objectMode: false });
}

async function* linesOf<Row>(
  columns: Readonly<Record<string, (row: Row) => Cell>>,
  rows: AsyncIterable<Row>,
): AsyncGenerator<string> {
  yield lineOf(Object.keys(columns));
  const cells = Object.values(columns);
  for await (const row of rows) yield lineOf(cells.map((cell) => cell(row)));
}

function lineOf(cells: readonly Cell[]): string {
  return `${cells.map(quoted).join(",")}\r\n`;
}

function quoted(cell: Cell): string {
  const text = cell === undefined ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
