import { defineTask, dynamic, type FileRecord } from "@capstan/sdk";
import { z } from "zod";
import { character, charset, fileOutputs, fromRecords } from "../conversion-properties.ts";
import { recordsOf, storeRecords } from "../conversion.ts";
import { dateFormats, textFormatter } from "../dates/date-formats.ts";
import { type Columns, createColumns } from "../columns.ts";
import { csvRowWriter } from "./csv-row.ts";

const LINE_END = /^(?:\n|\r\n|\r)$/;
const LINE_END_EXPECTED = String.raw`Expected "\n", "\r\n" or "\r", between double quotes`;

/** Writes records as CSV. */
export const ionToCsv = defineTask({
  type: "io.kestra.plugin.serdes.csv.IonToCsv",
  aliases: ["io.kestra.plugin.serdes.csv.CsvWriter"],
  title: "Convert records to CSV",
  description:
    "The columns are the fields of the first record. Null and what a record lacks is an empty field; a map or a list within a record " +
    "is written as JSON. Records that are lists have no names: they need `header: false`.",
  properties: () =>
    z.object({
      from: fromRecords(),
      ...dateFormats(),
      header: dynamic(z.boolean()).default(true).describe("Whether the first row has the names of the fields."),
      fieldSeparator: character("fieldSeparator").default(",").describe("Character between two fields."),
      textDelimiter: character("textDelimiter").default('"').describe("Character around a field that needs it."),
      lineDelimiter: dynamic(z.string().regex(LINE_END, LINE_END_EXPECTED)).default("\n").describe("What ends a row."),
      alwaysDelimitText: dynamic(z.boolean())
        .default(false)
        .describe("Whether each field is quoted. With `quoteMode` it has no effect."),
      quoteMode: dynamic(z.enum(["ALWAYS", "REQUIRED", "NON_NUMERIC"]))
        .optional()
        .describe(
          "Which fields are quoted: each, those that need it, or those that are no numbers. Default: those that need it.",
        ),
      charset: charset("written"),
    }),
  outputs: () => fileOutputs("The CSV file."),
  examples: [
    {
      title: "Rows of a query for a spreadsheet",
      code:
        'id: csv\ntype: io.kestra.plugin.serdes.csv.IonToCsv\nfrom: "{{ outputs.query.uri }}"\n' +
        'fieldSeparator: ";"\ndateFormat: dd.MM.yyyy\n',
    },
  ],
  async run(context) {
    const { from, charset, alwaysDelimitText, quoteMode, ...properties } = context.properties;
    const style = { ...properties, quoteMode: quoteMode ?? (alwaysDelimitText ? "ALWAYS" : "REQUIRED") } as const;
    const rows = rowsOf(recordsOf(context, from), createColumns(properties.header, context.log), {
      writeRow: csvRowWriter(style),
      formatText: textFormatter(properties),
    });
    return storeRecords(context, "rows.csv", rows, { charset });
  },
});

interface RowWriting {
  readonly writeRow: (fields: readonly (string | null)[]) => string;
  readonly formatText: (text: string) => string;
}

/** The row of each record; the header comes with the first. */
async function* rowsOf(records: AsyncIterable<FileRecord>, columns: Columns, { writeRow, formatText }: RowWriting) {
  const fieldOf = (value: unknown): string | null => {
    if (typeof value === "string") return formatText(value);
    if (value === null || value === undefined) return null;
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  };
  for await (const { value } of records) {
    const { names, values } = columns.read(value);
    const header = names === undefined ? "" : writeRow(names);
    yield header + writeRow(values.map(fieldOf));
  }
}
