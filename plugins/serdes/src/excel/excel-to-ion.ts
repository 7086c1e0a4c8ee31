import { defineTask, dynamic, listOrText, recordLine, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { from } from "../conversion-properties.ts";
import { storeRecords } from "../conversion.ts";
import { isoText } from "../dates/iso.ts";
import { localCopy } from "../local-copy.ts";
import { shownBy, showsTime } from "./number-format.ts";
import { openWorkbook, type ReadCell, type Workbook } from "./read-workbook.ts";
import { momentOfSerial } from "./serial-date.ts";

const VALUE_RENDER = ["FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"] as const;
const DATE_TIME_RENDER = ["SERIAL_NUMBER", "FORMATTED_STRING", "UNFORMATTED_VALUE"] as const;

/** Reads the sheets of an Excel file into records. */
export const excelToIon = defineTask({
  type: "io.kestra.plugin.serdes.excel.ExcelToIon",
  title: "Convert an Excel file to records",
  description:
    "Each sheet becomes a file of records. Empty cells are null. The texts of the workbook are held in memory (at most 256 MiB of its " +
    "part for them), its rows are not. Files of the older kind XLS can't be read.",
  properties: () =>
    z.object({
      from: from("Excel file (XLSX)"),
      sheetsTitle: listOrText().optional().describe("Names of the sheets that are read. Default: all."),
      charset: text().default("UTF-8").meta({ deprecated: true, description: "Has no effect: Excel files are UTF-8." }),
      valueRender: dynamic(z.enum(VALUE_RENDER))
        .default("UNFORMATTED_VALUE")
        .describe(
          "What a cell becomes: with FORMULA its formula, if it has one; otherwise its value, with both other words.",
        ),
      dateTimeRender: dynamic(z.enum(DATE_TIME_RENDER))
        .default("UNFORMATTED_VALUE")
        .describe(
          "What dates and times become: their number, the text that Excel shows, or (the default) text in ISO-8601.",
        ),
      header: dynamic(z.boolean())
        .default(true)
        .describe(
          "Whether the first row has the names of the columns. Otherwise records are lists. Columns without a name are left out.",
        ),
      skipEmptyRows: dynamic(z.boolean()).default(false).describe("Whether rows without any value are left out."),
      skipRows: dynamic(z.int().min(0))
        .default(0)
        .describe("Number of rows left out at the start of each sheet, before the header."),
    }),
  outputs: () =>
    z.object({
      uris: z.record(z.string(), z.string()).describe("File of records of each sheet, by its name."),
      size: z.int().describe("Number of records of all sheets."),
    }),
  examples: [
    {
      title: "Read a sheet below two lines of title",
      code: 'id: prices\ntype: io.kestra.plugin.serdes.excel.ExcelToIon\nfrom: "{{ inputs.file }}"\nsheetsTitle:\n  - Prices\nskipRows: 2\n',
    },
  ],
  async run(context) {
    const { properties, metric } = context;
    await using copy = await localCopy(context, properties.from);
    using workbook = await openWorkbook(copy.path);
    const names = properties.sheetsTitle ?? workbook.sheetNames;
    const missing = names.find((name) => !workbook.sheetNames.includes(name));
    if (missing !== undefined)
      throw new TaskFailure(
        `The Excel file has no sheet named "${missing}". It has: ${workbook.sheetNames.join(", ")}.`,
      );
    metric({ name: "sheets", type: "counter", value: names.length });
    const uris: Record<string, string> = {};
    let total = 0;
    for (const [index, name] of names.entries()) {
      const { uri, size } = await storeRecords(
        context,
        `sheet-${index + 1}.ion`,
        recordsOf(workbook, name, properties),
      );
      uris[name] = uri;
      total += size;
    }
    return { uris, size: total };
  },
});

interface Reading {
  readonly valueRender: (typeof VALUE_RENDER)[number];
  readonly dateTimeRender: (typeof DATE_TIME_RENDER)[number];
  readonly header: boolean;
  readonly skipEmptyRows: boolean;
  readonly skipRows: number;
}

async function* recordsOf(workbook: Workbook, sheetName: string, reading: Reading): AsyncGenerator<string> {
  let toSkip = reading.skipRows;
  let names: readonly (string | undefined)[] | undefined;
  for await (const cells of workbook.rows(sheetName)) {
    if (toSkip > 0) {
      toSkip -= 1;
      continue;
    }
    // Not by `map`, which would leave out the cells that aren't there.
    const values = Array.from(cells, (cell) => (cell === undefined ? null : rendered(cell, workbook.is1904, reading)));
    if (reading.header && names === undefined) {
      names = values.map((value) => (value === null || value === "" ? undefined : String(value)));
      continue;
    }
    if (reading.skipEmptyRows && values.every((value) => value === null || value === "")) continue;
    yield recordLine(names === undefined ? values : recordOf(names, values));
  }
}

function recordOf(names: readonly (string | undefined)[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name, index) => (name === undefined ? [] : [[name, values[index] ?? null]])),
  );
}

function rendered({ value, formula, dateFormat }: ReadCell, is1904: boolean, reading: Reading): unknown {
  if (formula !== undefined && reading.valueRender === "FORMULA") return `=${formula}`;
  if (typeof value !== "number" || dateFormat === undefined || reading.dateTimeRender === "SERIAL_NUMBER") return value;
  const moment = momentOfSerial(value, is1904);
  if (moment === undefined) return value;
  if (reading.dateTimeRender === "FORMATTED_STRING") return shownBy(dateFormat, moment, value);
  const { date, time } = moment;
  // A number below 1 is a time alone.
  if (value < 1) return isoText({ time });
  return isoText(showsTime(dateFormat) || !Number.isInteger(value) ? { date, time } : { date });
}
