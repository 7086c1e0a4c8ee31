import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { openSheets, sheetsProperties } from "./sheets-api.ts";

const answerShape = z.object({ spreadsheetId: z.string(), spreadsheetUrl: z.string() });

/** Makes a spreadsheet. */
export const createSpreadsheet = defineTask({
  type: "io.kestra.plugin.googleworkspace.sheets.CreateSpreadsheet",
  title: "Make a spreadsheet",
  description: "It belongs to the service account, and has one empty sheet.",
  properties: () => z.object({ ...sheetsProperties(), title: text().describe("Title of the spreadsheet.") }),
  outputs: () =>
    z.object({
      spreadsheetId: z.string().describe("Its id, for other tasks."),
      spreadsheetUrl: z.string().describe("Its address, for people."),
    }),
  examples: [
    {
      title: "Make a spreadsheet for a report",
      code: "id: report\ntype: io.kestra.plugin.googleworkspace.sheets.CreateSpreadsheet\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\ntitle: \"Report of {{ now() | date('yyyy-MM-dd') }}\"\n",
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const { title } = properties;
    const what = `Making the spreadsheet "${title}"`;
    const api = openSheets(context, properties);
    const made = answerShape.parse(await api.call({ what, path: "/v4/spreadsheets", body: { properties: { title } } }));
    log.info(`Made the spreadsheet "${title}": ${made.spreadsheetUrl}`);
    return made;
  },
});
