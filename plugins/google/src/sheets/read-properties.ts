import { deliverRows, dynamic, type ExecutionFiles } from "@capstan/sdk";
import { z } from "zod";
import { sheetsProperties, spreadsheetId } from "./sheets-api.ts";

/** What tasks that read cells have in common. */
export const readProperties = () => ({
  ...sheetsProperties(),
  spreadsheetId: spreadsheetId(),
  valueRender: dynamic(z.enum(["FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"]))
    .default("UNFORMATTED_VALUE")
    .describe("Whether values come as they look, as they are, or as their formulas. Default: UNFORMATTED_VALUE."),
  dateTimeRender: dynamic(z.enum(["SERIAL_NUMBER", "FORMATTED_STRING"]))
    .default("FORMATTED_STRING")
    .describe("Whether dates come as numbers of days, or as they look. Default: FORMATTED_STRING."),
  header: dynamic(z.boolean())
    .default(true)
    .describe("Whether the first row has the names of the columns: rows are maps then, or else lists. Default: true."),
  fetch: dynamic(z.boolean())
    .default(false)
    .describe("Whether the rows are the output `rows`, a mebibyte at most. Default: false."),
  store: dynamic(z.boolean()).default(true).describe("Whether the rows are stored, one a line. Default: true."),
});

export interface ReadProperties {
  readonly valueRender: string;
  readonly dateTimeRender: string;
  readonly header: boolean;
  readonly fetch: boolean;
  readonly store: boolean;
}

export function renderParams({ valueRender, dateTimeRender }: ReadProperties): Record<string, string> {
  return { majorDimension: "ROWS", valueRenderOption: valueRender, dateTimeRenderOption: dateTimeRender };
}

/** What Google answers for cells. Empty cells at the end of a row, and empty rows at the end, are left out there. */
export const valuesShape = z.object({
  range: z.string().optional(),
  values: z.array(z.array(z.unknown())).default([]),
});

/** Rows as maps by the first row, or as they are. */
export function rowsFrom(values: readonly (readonly unknown[])[], hasHeader: boolean): unknown[] {
  if (!hasHeader) return [...values];
  const [names = [], ...rows] = values;
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [String(name), row[index] ?? null])));
}

/** Fetches and stores rows as the task asks for. */
export async function delivered(
  rows: readonly unknown[],
  { fetch, store }: ReadProperties,
  files: Pick<ExecutionFiles, "put">,
) {
  async function* each() {
    yield* rows;
  }
  const fetched = fetch ? await deliverRows(each(), "FETCH", files) : undefined;
  const stored = store ? await deliverRows(each(), "STORE", files) : undefined;
  return { rows: fetched?.rows, uri: stored?.uri };
}
