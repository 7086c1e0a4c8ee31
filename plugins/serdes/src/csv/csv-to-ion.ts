import { defineTask, dynamic, recordLine, TaskFailure, type TaskLogger } from "@capstan/sdk";
import { z } from "zod";
import { charset, character, fileOutputs, from, onBadLines } from "../conversion-properties.ts";
import { readText, storeRecords } from "../conversion.ts";
import { createHeader, type Header } from "./header.ts";
import { type CsvRow, parseCsv } from "./parse-csv.ts";

const FIELD_CHARACTERS_MAX = 16 * 1_024 * 1_024;

/** What databases write for null. */
const NULL = String.raw`\N`;

/** Reads CSV into records of texts. */
export const csvToIon = defineTask({
  type: "io.kestra.plugin.serdes.csv.CsvToIon",
  aliases: ["io.kestra.plugin.serdes.csv.CsvReader"],
  title: "Convert CSV to records",
  description:
    "Each row becomes a record: a map of column names and texts, or a list of texts without a header. The text `\\N` becomes null. " +
    "Quotes and line ends are those of RFC 4180.",
  properties: () =>
    z.object({
      from: from("CSV file"),
      header: dynamic(z.boolean()).default(true).describe("Whether the first row has the names of the columns."),
      fieldSeparator: character("fieldSeparator").default(",").describe("Character between two fields."),
      textDelimiter: character("textDelimiter")
        .default('"')
        .describe("Character around a field; twice within it for itself."),
      skipEmptyRows: dynamic(z.boolean())
        .default(false)
        .describe("Whether empty lines are left out. Otherwise they have one field."),
      errorOnDifferentFieldCount: dynamic(z.boolean())
        .optional()
        .meta({ deprecated: true, description: "Has no effect. Use `onBadLines`." }),
      onBadLines: onBadLines("rows with more or fewer fields than the header, or with quotes out of place"),
      onEmptyHeader: dynamic(z.enum(["DROP", "RENAME"]))
        .default("DROP")
        .describe(
          "What to do with columns without a name: drop those at the end, or name each by its index, such as `col_2`.",
        ),
      skipRows: dynamic(z.int().min(0)).default(0).describe("Number of rows left out, behind the header."),
      charset: charset("read"),
      maxBufferSize: size().describe(
        "Characters that a field may have; the smaller of this and `maxFieldSize` counts.",
      ),
      allowExtraCharsAfterClosingQuote: dynamic(z.boolean())
        .default(false)
        .describe("Whether text between a closing quote and the next separator belongs to the field."),
      maxFieldSize: size().describe("Characters that a field may have."),
    }),
  outputs: () => fileOutputs("File with one record a row."),
  examples: [
    {
      title: "Read a table with semicolons",
      code:
        'id: orders\ntype: io.kestra.plugin.serdes.csv.CsvToIon\nfrom: "{{ outputs.download.uri }}"\n' +
        'fieldSeparator: ";"\ncharset: windows-1252\n',
    },
    {
      title: "Leave out lines that are broken",
      code: 'id: rows\ntype: io.kestra.plugin.serdes.csv.CsvToIon\nfrom: "{{ inputs.file }}"\nonBadLines: WARN\nskipEmptyRows: true\n',
    },
  ],
  async run(context) {
    const { from, charset, maxFieldSize, maxBufferSize, ...properties } = context.properties;
    const dialect = { ...properties, maxFieldSize: Math.min(maxFieldSize, maxBufferSize) };
    const rows = parseCsv(readText(context, from, charset), dialect);
    return storeRecords(context, "rows.ion", recordsOfRows(rows, properties, context.log));
  },
});

function size() {
  return dynamic(
    z
      .int()
      .min(1)
      .max(FIELD_CHARACTERS_MAX * 16),
  ).default(FIELD_CHARACTERS_MAX);
}

interface ReadingOptions {
  readonly header: boolean;
  readonly skipEmptyRows: boolean;
  readonly skipRows: number;
  readonly onBadLines: "ERROR" | "WARN" | "SKIP";
  readonly onEmptyHeader: "DROP" | "RENAME";
}

/** What rows become: the first is the header, and some are left out. */
async function* recordsOfRows(
  rows: AsyncIterable<CsvRow>,
  options: ReadingOptions,
  log: TaskLogger,
): AsyncGenerator<string> {
  const leaveOut = (line: number, problem: string): void => {
    const message = `Line ${line}: ${problem}`;
    if (options.onBadLines === "ERROR") throw new TaskFailure(`${message}. Set \`onBadLines\` to leave such rows out.`);
    if (options.onBadLines === "WARN") log.warn(`${message}; the row is left out`);
  };
  let header: Header | undefined;
  let toSkip = options.skipRows;
  for await (const { fields, line, problem } of rows) {
    const isEmpty = fields.length === 1 && fields[0] === "" && problem === undefined;
    if (isEmpty && options.skipEmptyRows) continue;
    if (options.header && header === undefined) {
      if (problem !== undefined) throw new TaskFailure(`Line ${line}, the header: ${problem}.`);
      header = createHeader(fields, options.onEmptyHeader, log);
    } else if (toSkip > 0) toSkip -= 1;
    else if (problem !== undefined) leaveOut(line, problem);
    else if (header === undefined) yield recordLine(fields.map(nullable));
    else if (fields.length === header.width) yield recordLine(header.record(fields.map(nullable)));
    else {
      const reason = isEmpty ? ", as it is empty; see `skipEmptyRows`" : "";
      leaveOut(line, `there ${counted(fields.length)}, but the header has ${header.width}${reason}`);
    }
  }
}

function nullable(field: string): string | null {
  return field === NULL ? null : field;
}

function counted(count: number): string {
  return count === 1 ? "is 1 field" : `are ${count} fields`;
}
