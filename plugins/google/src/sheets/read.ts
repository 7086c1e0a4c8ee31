import { defineTask, listOrText, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import type { GoogleApi } from "../google-api.ts";
import { delivered, readProperties, renderParams, rowsFrom, valuesShape } from "./read-properties.ts";
import { adviceFor, openSheets } from "./sheets-api.ts";

const spreadsheetShape = z.object({ sheets: z.array(z.object({ properties: z.object({ title: z.string() }) })) });
const batchShape = z.object({ valueRanges: z.array(valuesShape).default([]) });

/** Reads whole sheets. */
export const read = defineTask({
  type: "io.kestra.plugin.googleworkspace.sheets.Read",
  title: "Read sheets of a spreadsheet",
  properties: () =>
    z.object({
      ...readProperties(),
      selectedSheetsTitle: listOrText().optional().describe("Titles of the sheets to read. Default: all of them."),
    }),
  outputs: () =>
    z.object({
      rows: z
        .record(z.string(), z.array(z.unknown()))
        .optional()
        .describe("The rows by the title of their sheet, with `fetch`."),
      size: z.int().describe("How many rows there are in all of them."),
      uris: z.record(z.string(), z.string()).optional().describe("The file of each sheet by its title, with `store`."),
    }),
  examples: [
    {
      title: "Read all sheets",
      code: "id: read\ntype: io.kestra.plugin.googleworkspace.sheets.Read\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nspreadsheetId: 1Dkd3W0OQo-wxz1rrORLP7YGSj6EBLEg74fiTdbJUIQE\n",
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const { spreadsheetId, header, fetch, store } = properties;
    const api = openSheets(context, properties);
    const titles = await chosenTitles(api, spreadsheetId, properties.selectedSheetsTitle);
    const fetched: Record<string, unknown> = {};
    const uris: Record<string, unknown> = {};
    let size = 0;
    for (const title of titles) {
      const rows = rowsFrom(await valuesOf(api, spreadsheetId, title, renderParams(properties)), header);
      const { rows: own, uri } = await delivered(rows, properties, files);
      fetched[title] = own;
      uris[title] = uri;
      size += rows.length;
    }
    metric({ name: "size", type: "counter", value: size });
    log.info(`Read ${size} rows of ${titles.length} sheets of the spreadsheet ${spreadsheetId}`);
    return { size, ...(fetch && { rows: fetched }), ...(store && { uris }) };
  },
});

async function chosenTitles(
  api: GoogleApi,
  id: string,
  chosen: readonly string[] | undefined,
): Promise<readonly string[]> {
  const answer = await api.call({
    what: `Reading the spreadsheet ${id}`,
    path: `/v4/spreadsheets/${encodeURIComponent(id)}`,
    params: { fields: "sheets.properties.title" },
    adviceFor,
  });
  const titles = spreadsheetShape.parse(answer).sheets.map(({ properties }) => properties.title);
  const missing = chosen?.find((title) => !titles.includes(title));
  if (missing !== undefined)
    throw new TaskFailure(
      `The spreadsheet has no sheet "${missing}". It has ${titles.map((title) => `"${title}"`).join(", ")}.`,
    );
  return chosen ?? titles;
}

async function valuesOf(api: GoogleApi, id: string, title: string, params: Record<string, string>) {
  const answer = await api.call({
    what: `Reading the sheet "${title}" of the spreadsheet ${id}`,
    path: `/v4/spreadsheets/${encodeURIComponent(id)}/values:batchGet`,
    // A title in quotes is no name of cells, whatever it is made of.
    params: { ...params, ranges: `'${title.replaceAll("'", "''")}'` },
    adviceFor,
  });
  return batchShape.parse(answer).valueRanges[0]?.values ?? [];
}
