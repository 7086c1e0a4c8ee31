import { type LocalServer, startServer } from "@capstan/sdk/test-kit";
import { z } from "zod";

type Row = readonly unknown[];

const created = z.strictObject({ properties: z.strictObject({ title: z.string() }) });
/** `ValueRange` as the API's reference documents it. */
const written = z.strictObject({
  majorDimension: z.literal("ROWS"),
  values: z.array(z.array(z.union([z.string(), z.number(), z.boolean()]))),
});
const writeParams = z.strictObject({ valueInputOption: z.enum(["RAW", "USER_ENTERED"]) });
const readParams = z.strictObject({
  majorDimension: z.literal("ROWS"),
  valueRenderOption: z.enum(["FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"]),
  dateTimeRenderOption: z.enum(["SERIAL_NUMBER", "FORMATTED_STRING"]),
});

/** What stands for Sheets: one spreadsheet `book`, whose sheets are in memory. */
export interface SheetsStandIn extends AsyncDisposable {
  readonly endpoint: string;
  /** Rows by the title of their sheet. */
  readonly sheets: Map<string, readonly Row[]>;
  readonly received: LocalServer["received"];
}

export async function startSheets(
  given: Readonly<Record<string, readonly Row[]>> = { Sheet1: [] },
): Promise<SheetsStandIn> {
  const sheets = new Map(Object.entries(given));
  const server = await startServer((request, response) => {
    const answer = (status: number, body: unknown) =>
      void response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    try {
      const { body } = server.received.at(-1)!;
      const call = {
        route: `${request.method} ${decodeURIComponent(pathname)}`,
        params: Object.fromEntries(searchParams),
      };
      answer(200, answerTo(sheets, { ...call, body: body === "" ? undefined : (JSON.parse(body) as unknown) }));
    } catch (error) {
      const status = error instanceof Missing ? 404 : 400;
      answer(status, {
        error: { message: (error as Error).message, status: status === 404 ? "NOT_FOUND" : "INVALID_ARGUMENT" },
      });
    }
  });
  const dispose = () => server[Symbol.asyncDispose]();
  return { endpoint: server.url, sheets, received: server.received, [Symbol.asyncDispose]: dispose };
}

class Missing extends Error {}

interface Call {
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function answerTo(sheets: Map<string, readonly Row[]>, { route, params, body }: Call): unknown {
  if (route === "POST /v4/spreadsheets") {
    created.parse(body);
    return { spreadsheetId: "book", spreadsheetUrl: "https://docs.google.com/spreadsheets/d/book/edit" };
  }
  const [, method, rest = ""] = /^(\w+) \/v4\/spreadsheets\/book(.*)$/.exec(route) ?? [];
  if (method === undefined) throw new Missing("Requested entity was not found.");
  if (rest === "") return { sheets: [...sheets.keys()].map((title) => ({ properties: { title } })) };
  if (rest === "/values:batchGet") {
    const { ranges = "", ...others } = params;
    readParams.parse(others);
    return { valueRanges: [{ values: sheets.get(ranges.replaceAll(/^'|'$/g, "").replaceAll("''", "'")) }] };
  }
  const [, range = "", action = ""] = /^\/values\/(.*?)(:append|:clear)?$/.exec(rest) ?? [];
  const before = sheets.get(range);
  if (before === undefined) throw new Error(`Unable to parse range: ${range}`);
  if (method === "GET") {
    readParams.parse(params);
    return { range, values: before };
  }
  if (action === ":clear") {
    z.strictObject({}).parse(body);
    sheets.set(range, []);
    return { clearedRange: range };
  }
  writeParams.parse(params);
  const { values } = written.parse(body);
  sheets.set(range, action === ":append" ? [...before, ...values] : [...values, ...before.slice(values.length)]);
  const columns = Math.max(...values.map(({ length }) => length));
  const updates = { updatedRange: `${range}!A1`, updatedRows: values.length, updatedColumns: columns };
  return action === ":append" ? { updates } : updates;
}
