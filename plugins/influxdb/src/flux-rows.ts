import { TaskFailure } from "@capstan/sdk";
import { addressOf, failedStatus, send, textBody } from "@capstan/sdk/http";
import { adviceFor, type InfluxContext, requestOf } from "./connection.ts";
import { csvRows } from "./csv-rows.ts";

const WHAT = "The query in Flux";
/** The columns of what InfluxDB tells instead of rows when a query fails on the way, with status 200. */
const ERROR_TABLE = "error,reference";

/** The rows of a query, asked for when the first is taken, in the order of their tables. Throws `TaskFailure` when it is refused, or fails on the way. */
export async function* fluxRows(context: InfluxContext, query: string): AsyncGenerator<Record<string, unknown>> {
  const { properties, signal } = context;
  const { url, headers, options } = requestOf(properties, "/api/v2/query");
  const dialect = { header: true, delimiter: ",", annotations: ["datatype", "group", "default"] };
  const request = {
    method: "POST",
    url: addressOf(url, { org: properties.org }),
    headers: { ...headers, Accept: "application/csv" },
    body: textBody(JSON.stringify({ query, type: "flux", dialect }), "application/json"),
  };
  const response = await send(request, options, signal);
  if (response.status !== 200) throw await failedStatus(WHAT, response, adviceFor(response.status));
  yield* annotatedRows(csvRows(response.body as AsyncIterable<Buffer>));
}

/** The rows of annotated CSV, by the names and types of their table. Values that are empty are left out. */
export async function* annotatedRows(lines: AsyncIterable<readonly string[]>): AsyncGenerator<Record<string, unknown>> {
  let types: readonly string[] = [];
  let defaults: readonly string[] = [];
  let names: readonly string[] | undefined;
  for await (const line of lines) {
    const [mark = "", ...values] = line;
    if (line.length === 1 && mark === "") {
      names = undefined;
    } else if (mark.startsWith("#")) {
      names = undefined;
      if (mark === "#datatype") types = values;
      if (mark === "#default") defaults = values;
    } else if (names === undefined) {
      names = mark === "" ? values : line;
    } else if (names.join(",") === ERROR_TABLE) {
      throw new TaskFailure(`${WHAT} failed: ${line.find((part) => part !== "") ?? "it gives no reason"}`);
    } else {
      yield rowOf(names, values, types, defaults);
    }
  }
}

function rowOf(
  names: readonly string[],
  values: readonly string[],
  types: readonly string[],
  defaults: readonly string[],
): Record<string, unknown> {
  const known = names.flatMap((name, index): [string, unknown][] => {
    const text = (values[index] ?? "") === "" ? (defaults[index] ?? "") : values[index]!;
    return text === "" ? [] : [[name, valueOf(text, types[index] ?? "string")]];
  });
  return Object.fromEntries(known);
}

/** Numbers that JSON can't hold, or not exactly, stay texts. */
function valueOf(text: string, type: string): unknown {
  if (type === "boolean") return text === "true";
  if (type !== "double" && type !== "long" && type !== "unsignedLong") return text;
  const number = Number(text);
  const isExact = type === "double" ? Number.isFinite(number) : Number.isSafeInteger(number);
  return isExact ? number : text;
}
