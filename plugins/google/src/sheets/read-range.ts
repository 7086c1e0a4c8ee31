import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { delivered, readProperties, renderParams, rowsFrom, valuesShape } from "./read-properties.ts";
import { adviceFor, openSheets, valuesPath } from "./sheets-api.ts";

/** Reads cells. */
export const readRange = defineTask({
  type: "io.kestra.plugin.googleworkspace.sheets.ReadRange",
  title: "Read cells of a spreadsheet",
  properties: () =>
    z.object({ ...readProperties(), range: text().describe("A sheet, or cells of it such as `Sheet1!A1:C100`.") }),
  outputs: () =>
    z.object({
      rows: z.array(z.unknown()).optional().describe("The rows, with `fetch`."),
      size: z.int().describe("How many rows there are."),
      uri: z.string().optional().describe("The file of the rows, with `store`."),
    }),
  examples: [
    {
      title: "Read a table",
      code: "id: read\ntype: io.kestra.plugin.googleworkspace.sheets.ReadRange\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nspreadsheetId: 1Dkd3W0OQo-wxz1rrORLP7YGSj6EBLEg74fiTdbJUIQE\nrange: Sheet1!A1:C100\n",
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const { spreadsheetId, range, header } = properties;
    const what = `Reading ${range} of the spreadsheet ${spreadsheetId}`;
    const call = { what, path: valuesPath(spreadsheetId, range), params: renderParams(properties), adviceFor };
    const { values } = valuesShape.parse(await openSheets(context, properties).call(call));
    const rows = rowsFrom(values, header);
    metric({ name: "size", type: "counter", value: rows.length });
    log.info(`Read ${rows.length} rows at ${range} of the spreadsheet ${spreadsheetId}`);
    return { size: rows.length, ...(await delivered(rows, properties, files)) };
  },
});
