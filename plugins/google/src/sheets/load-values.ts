import { type ExecutionFiles, readRecords, TaskFailure } from "@capstan/sdk";
import { csvRows } from "./csv.ts";

/** Characters of one load as JSON: it is one request, so that it is done as a whole or not at all. */
export const LOAD_CHARACTERS_MAX = 33_554_432;

export type Cell = string | number | boolean;

export interface LoadSource {
  readonly from: string;
  readonly format?: "ION" | "CSV" | "AVRO" | "PARQUET" | "ORC" | "JSON" | undefined;
  /** Whether records begin with a row of their names. */
  readonly header: boolean;
  readonly csvOptions: {
    readonly fieldDelimiter: string;
    readonly skipLeadingRows?: number | undefined;
    readonly quote?: string | undefined;
    readonly encoding: string;
  };
}

/** The cells of a file. Throws `TaskFailure` for more than one load may have, and for formats that are not read. */
export async function valuesOf(files: Pick<ExecutionFiles, "read">, source: LoadSource): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  let characters = 0;
  for await (const row of rowsOf(files, source)) {
    characters += JSON.stringify(row).length;
    if (characters > LOAD_CHARACTERS_MAX)
      throw new TaskFailure(
        `The file has more than ${LOAD_CHARACTERS_MAX} characters (row ${rows.length + 1}), which is what one load takes. Load less, or use a database for it.`,
      );
    rows.push(row);
  }
  return rows;
}

async function* rowsOf(files: Pick<ExecutionFiles, "read">, source: LoadSource): AsyncGenerator<Cell[]> {
  const { from, format = formatOf(from), csvOptions } = source;
  switch (format) {
    case "CSV": {
      const { fieldDelimiter, quote = '"', encoding, skipLeadingRows = 0 } = csvOptions;
      let number = 0;
      for await (const row of csvRows(decoded(await files.read(from), encoding), { fieldDelimiter, quote })) {
        number += 1;
        if (number > skipLeadingRows) yield row;
      }
      return;
    }
    case "ION":
    case "JSON":
      yield* recordRows(files, source);
      return;
    case "AVRO":
    case "PARQUET":
    case "ORC":
      throw new TaskFailure(
        `${format} is not read here. Convert the file first, with a task of \`io.kestra.plugin.serdes\`.`,
      );
    default:
      format satisfies never;
  }
}

function formatOf(from: string): "CSV" | "ION" {
  return /\.csv$/i.test(from) ? "CSV" : "ION";
}

async function* recordRows(files: Pick<ExecutionFiles, "read">, { from, header }: LoadSource): AsyncGenerator<Cell[]> {
  let names: readonly string[] | undefined;
  for await (const { value } of readRecords(await files.read(from))) {
    if (Array.isArray(value)) {
      yield value.map(cellOf);
      continue;
    }
    if (typeof value !== "object" || value === null) {
      yield [cellOf(value)];
      continue;
    }
    if (names === undefined) {
      names = Object.keys(value);
      if (header) yield [...names];
    }
    const record = value as Readonly<Record<string, unknown>>;
    yield names.map((name) => cellOf(record[name]));
  }
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return "";
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}

async function* decoded(content: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(encoding);
  } catch (error) {
    throw new TaskFailure(`"${encoding}" is no encoding that is known. Check \`csvOptions.encoding\`.`, {
      cause: error,
    });
  }
  for await (const piece of content) yield decoder.decode(piece, { stream: true });
  yield decoder.decode();
}
