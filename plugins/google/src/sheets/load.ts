import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import type { GoogleApi } from "../google-api.ts";
import { type Cell, valuesOf } from "./load-values.ts";
import { adviceFor, openSheets, sheetsProperties, spreadsheetId, valuesPath } from "./sheets-api.ts";

const updateShape = z.object({
  updatedRange: z.string().optional(),
  updatedRows: z.int().optional(),
  updatedColumns: z.int().optional(),
});
const appendShape = z.object({ updates: updateShape.default({}) });

const csvOptions = () =>
  z
    .object({
      fieldDelimiter: text().default(",").describe("What separates columns. Default: a comma."),
      skipLeadingRows: dynamic(z.int().min(0))
        .optional()
        .describe("Rows at the beginning that are left out. Default: 0."),
      quote: text().optional().describe("What quotes values. Default: a double quote."),
      encoding: text().default("UTF-8").describe("Encoding of the text. Default: UTF-8."),
    })
    .prefault({})
    .describe("How CSV is read.");

/** A file becomes cells. */
export const load = defineTask({
  type: "io.kestra.plugin.googleworkspace.sheets.Load",
  title: "Load a file into a spreadsheet",
  description:
    "Cells get values as if they were typed: numbers and dates are recognized, and what begins with `=` is a formula. A file has 32 MiB at most, and is written in one request.",
  properties: () =>
    z.object({
      ...sheetsProperties(),
      spreadsheetId: spreadsheetId(),
      from: text().describe("The file, as a kestra:///… address such as `{{ outputs.report.uri }}`."),
      format: dynamic(z.enum(["ION", "CSV", "AVRO", "PARQUET", "ORC", "JSON"]))
        .optional()
        .describe(
          "CSV, or ION and JSON for one record a line; others are to be converted first. Default: CSV for names that end with `.csv`, or else ION.",
        ),
      range: text()
        .default("Sheet1")
        .describe("Where the cells go: a sheet, or cells of it such as `Sheet1!B2`. Default: Sheet1."),
      insertType: dynamic(z.enum(["UPDATE", "OVERWRITE", "APPEND"]))
        .default("UPDATE")
        .describe(
          "UPDATE writes over what is there, OVERWRITE empties the range first, APPEND adds rows behind the table. Default: UPDATE.",
        ),
      header: dynamic(z.boolean())
        .default(false)
        .describe("Whether records begin with a row of their names; CSV has its own. Default: false."),
      csvOptions: csvOptions(),
      avroSchema: text()
        .optional()
        .meta({ deprecated: true, description: "Accepted for compatibility, without effect." }),
    }),
  outputs: () =>
    z.object({
      range: z.string().describe("The cells that were written."),
      rows: z.int().describe("How many rows."),
      columns: z.int().describe("How many columns."),
    }),
  examples: [
    {
      title: "Load CSV in place of what is there",
      code: 'id: load\ntype: io.kestra.plugin.googleworkspace.sheets.Load\nserviceAccount: "{{ secret(\'GCP_SERVICE_ACCOUNT\') }}"\nspreadsheetId: "{{ outputs.report.spreadsheetId }}"\nfrom: "{{ outputs.export.outputFiles[\'report.csv\'] }}"\nformat: CSV\ninsertType: OVERWRITE\n',
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const { spreadsheetId: spreadsheet, range, insertType } = properties;
    const values = await valuesOf(files, properties);
    const written = await write(openSheets(context, properties), { spreadsheet, range, insertType, values });
    metric({ name: "rows", type: "counter", value: written.rows });
    log.info(`Wrote ${written.rows} rows to ${written.range} of the spreadsheet ${spreadsheet}`);
    return written;
  },
});

interface Writing {
  readonly spreadsheet: string;
  readonly range: string;
  readonly insertType: "UPDATE" | "OVERWRITE" | "APPEND";
  readonly values: readonly (readonly Cell[])[];
}

async function write(api: GoogleApi, { spreadsheet, range, insertType, values }: Writing) {
  const what = `Writing ${range} of the spreadsheet ${spreadsheet}`;
  if (insertType === "OVERWRITE")
    await api.call({ what, path: valuesPath(spreadsheet, range, ":clear"), body: {}, adviceFor });
  if (values.length === 0) return { range, rows: 0, columns: 0 };
  const body = { majorDimension: "ROWS", values };
  const params = { valueInputOption: "USER_ENTERED" };
  const answer =
    insertType === "APPEND"
      ? appendShape.parse(
          await api.call({ what, path: valuesPath(spreadsheet, range, ":append"), params, body, adviceFor }),
        ).updates
      : updateShape.parse(
          await api.call({ what, method: "PUT", path: valuesPath(spreadsheet, range), params, body, adviceFor }),
        );
  const { updatedRange = range, updatedRows = 0, updatedColumns = 0 } = answer;
  return { range: updatedRange, rows: updatedRows, columns: updatedColumns };
}
