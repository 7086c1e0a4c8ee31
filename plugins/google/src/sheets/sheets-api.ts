import { dynamic, listOrText, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import { type GoogleApi, googleApi } from "../google-api.ts";

const ADDRESS = "https://sheets.googleapis.com";
const SPREADSHEETS = "https://www.googleapis.com/auth/spreadsheets";

/** Who asks for spreadsheets. They are of no project. */
export const sheetsProperties = () => {
  const { projectId: _, scopes: __, ...account } = accountProperties();
  return {
    ...account,
    scopes: listOrText().default([SPREADSHEETS]).describe("Scopes of OAuth to ask for. Default: that of spreadsheets."),
    readTimeout: dynamic(z.int().min(1))
      .default(120)
      .describe("How long Google may be silent, in seconds. Default: 120."),
  };
};

export const spreadsheetId = () =>
  text().describe("Id of the spreadsheet, which is a part of its address. It must be shared with the service account.");

type Properties = z.output<z.ZodObject<ReturnType<typeof sheetsProperties>>>;
type Context = Pick<TaskContext<unknown>, "signal" | "now" | "mask">;

export function openSheets(context: Context, properties: Properties): GoogleApi {
  return googleApi(context, properties, ADDRESS, properties.readTimeout * 1_000);
}

/** The path of cells in the API. */
export function valuesPath(spreadsheet: string, range: string, action = ""): string {
  return `/v4/spreadsheets/${encodeURIComponent(spreadsheet)}/values/${encodeURIComponent(range)}${action}`;
}

export const adviceFor = (status: number) =>
  ({
    400: "Check the name of the sheet and the cells in `range`.",
    403: "Share the spreadsheet with the e-mail address of the service account, and check that the API of Sheets is enabled.",
    404: "Check `spreadsheetId`.",
  })[status];
