import { anyValue, defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { createColumns } from "../columns.ts";
import { fileOutputs, timeZoneId } from "../conversion-properties.ts";
import { type ConversionContext, converted, recordsOf, storeBytes } from "../conversion.ts";
import { DATE_FORMAT, DATE_TIME_FORMAT, TIME_FORMAT } from "../dates/date-formats.ts";
import { type Cell, cellMaker } from "./cell.ts";
import { numberFormatOf } from "./number-format.ts";
import { workbookOf } from "./write-workbook.ts";

/** Writes records as an Excel file. */
export const ionToExcel = defineTask({
  type: "io.kestra.plugin.serdes.excel.IonToExcel",
  title: "Convert records to an Excel file",
  description:
    "The columns are the fields of the first record. Texts that are a date or a time in ISO-8601 become dates of Excel, which have no " +
    "offset. Excel allows 1,048,576 rows a sheet, 16,384 columns, and 32,767 characters a cell.",
  properties: () =>
    z.object({
      from: anyValue().describe("File with one record (JSON or Ion) a line, or a map of sheet names and such files."),
      dateFormat: text().default(DATE_FORMAT).describe("Java pattern by which dates are shown."),
      timeFormat: text().default(TIME_FORMAT).describe("Java pattern by which times are shown."),
      dateTimeFormat: text().default(DATE_TIME_FORMAT).describe("Java pattern by which dates with a time are shown."),
      timeZoneId: timeZoneId("Zone that dates with a time and an offset are written in. Default: their own offset."),
      charset: text().default("UTF-8").meta({ deprecated: true, description: "Has no effect: Excel files are UTF-8." }),
      sheetsTitle: text().default("Sheet").describe("Name of the sheet when there is one file."),
      header: dynamic(z.boolean()).default(true).describe("Whether the first row has the names of the fields."),
      styles: dynamic(z.boolean())
        .default(true)
        .describe("Whether dates and times become dates of Excel. Otherwise they are texts."),
    }),
  outputs: () => fileOutputs("The Excel file (XLSX)."),
  examples: [
    {
      title: "Two queries as two sheets",
      code:
        'id: report\ntype: io.kestra.plugin.serdes.excel.IonToExcel\nfrom:\n  Orders: "{{ outputs.orders.uri }}"\n' +
        '  Customers: "{{ outputs.customers.uri }}"\n',
    },
  ],
  async run(context) {
    const { from, header, styles, sheetsTitle, timeZoneId, ...formats } = context.properties;
    const toCell = cellMaker(styles, timeZoneId);
    let size = 0;
    const sheets = Object.entries(filesOf(from, sheetsTitle)).map(([name, uri]) => ({
      name,
      rows: rowsOf(context, uri, header, toCell, () => void (size += 1)),
    }));
    const workbook = await workbookOf(sheets, {
      date: numberFormatOf(formats.dateFormat),
      time: numberFormatOf(formats.timeFormat),
      dateTime: numberFormatOf(formats.dateTimeFormat),
    });
    return converted(context, await storeBytes(context, "records.xlsx", workbook), size);
  },
});

/** The file of each sheet. */
function filesOf(from: unknown, sheetsTitle: string): Readonly<Record<string, string>> {
  const given: unknown = typeof from === "string" && from.trimStart().startsWith("{") ? parsed(from) : from;
  if (typeof given === "string") return { [sheetsTitle]: given };
  const sheets = z.record(z.string(), z.string()).safeParse(given);
  if (sheets.success && Object.keys(sheets.data).length > 0) return sheets.data;
  throw new TaskFailure("`from` must be the URI of a file, or a map of sheet names and URIs.");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // It is refused as neither a URI nor a map.
  }
}

async function* rowsOf(
  context: ConversionContext,
  uri: string,
  hasHeader: boolean,
  toCell: (value: unknown) => Cell,
  count: () => void,
): AsyncGenerator<readonly Cell[]> {
  const columns = createColumns(hasHeader, context.log);
  for await (const { value } of recordsOf(context, uri)) {
    const { names, values } = columns.read(value);
    if (names !== undefined) yield names;
    yield values.map(toCell);
    count();
  }
}
