import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { parseJsonValue, readLines, TaskFailure } from "@capstan/sdk";
import { cut, type ExchangeOptions, type HttpResponse, send, textBody } from "@capstan/sdk/http";
import { type Answer, type Connection, DatabaseFailure, type Row } from "../../connection.ts";
import { onlyStatements, statementExchange } from "../only-statements.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import { instantText } from "../../values/date-times.ts";
import { floatValue } from "../../values/exact-number.ts";
import type { DruidAddress } from "./address.ts";

/** How long the server may take to hear that a statement is ended, in milliseconds. */
const CANCEL_MS_MAX = 5_000;
const SHOWN_CHARACTERS = 2_000;
/** What a busy server answers. */
const LATER: ReadonlySet<number> = new Set([429, 503, 504]);

/** Statements are sent one by one; nothing is kept open between them. */
export function druidConnection(address: DruidAddress, zone: string | undefined, signal: AbortSignal): Connection {
  const options = statementExchange(address);
  return onlyStatements((statement) => query(statement, { address, options, zone, signal }));
}

interface Asking {
  readonly address: DruidAddress;
  readonly options: ExchangeOptions;
  readonly zone: string | undefined;
  readonly signal: AbortSignal;
}

async function query({ sql, values }: Statement, { address, options, zone, signal }: Asking): Promise<Answer> {
  signal.throwIfAborted();
  const id = randomUUID();
  const body = JSON.stringify({
    query: sql,
    resultFormat: "arrayLines",
    header: true,
    typesHeader: true,
    sqlTypesHeader: true,
    parameters: values.map((value) => ({ type: typeOf(value), value: value ?? null })),
    context: { ...address.settings, sqlQueryId: id },
  });
  const end = () => void cancel(address, options, id);
  signal.addEventListener("abort", end);
  const forget = () => signal.removeEventListener("abort", end);
  try {
    const request = {
      method: "POST",
      url: new URL(address.endpoint),
      headers: {},
      body: textBody(body, "application/json"),
    };
    const response = await send(request, options, signal);
    response.body.once("close", forget);
    if (response.status >= 400) throw await refusalOf(response);
    const lines = linesOf(response.body);
    const [names, , types] = [await header(lines), await header(lines), await header(lines)];
    const columns = names.map((name, index) => [name, readerOf(types[index] ?? "", zone)] as const);
    return { rows: rowsOf(lines, columns, () => response.body.destroy()), changed: 0 };
  } catch (error) {
    forget();
    signal.throwIfAborted();
    throw lost(error);
  }
}

/** A server that doesn't hear it ends the statement when nobody takes its rows. */
async function cancel({ endpoint }: DruidAddress, options: ExchangeOptions, id: string): Promise<void> {
  const request = { method: "DELETE", url: new URL(`${endpoint}/${id}`), headers: {}, body: undefined };
  await send(request, options, AbortSignal.timeout(CANCEL_MS_MAX)).then(
    ({ body }) => void body.resume(),
    () => undefined,
  );
}

/** The lines of an answer. An empty one is the last: where it is missing, the answer was broken off. */
async function* linesOf(body: HttpResponse["body"]): AsyncGenerator<string> {
  let isWhole = false;
  try {
    for await (const line of readLines(body)) {
      isWhole = line === "";
      if (!isWhole) yield line;
    }
  } catch (error) {
    throw lost(error);
  }
  if (!isWhole)
    throw lost(new Error("the answer was broken off, which Druid does when a statement fails behind its first rows"));
}

async function header(lines: AsyncGenerator<string>): Promise<readonly string[]> {
  const { value, done } = await lines.next();
  if (done === true) throw new TaskFailure("The server answered with what is no table. Check `url`.");
  return parseJsonValue(value) as readonly string[];
}

type Column = readonly [name: string, read: (value: unknown) => unknown];

async function* rowsOf(lines: AsyncIterable<string>, columns: readonly Column[], end: () => void): AsyncGenerator<Row> {
  try {
    for await (const line of lines) {
      const values = parseJsonValue(line) as readonly unknown[];
      yield Object.fromEntries(columns.map(([name, read], index) => [name, read(values[index])]));
    }
  } finally {
    end();
  }
}

function readerOf(type: string, zone: string | undefined): Column[1] {
  if (type === "TIMESTAMP") return (value) => (value === null ? null : instantText(String(value), zone));
  if (/^(?:DOUBLE|FLOAT|REAL|DECIMAL)$/u.test(type))
    return (value) => (value === null ? null : floatValue(Number(value)));
  return (value) => value;
}

/** The types of parameters are those of SQL. */
function typeOf(value: unknown): string {
  if (typeof value === "boolean") return "BOOLEAN";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "BIGINT" : "DOUBLE";
  return Array.isArray(value) ? "ARRAY" : "VARCHAR";
}

async function refusalOf({ status, body }: HttpResponse): Promise<DatabaseFailure> {
  const written = await text(body);
  const remedy = LATER.has(status) ? "later" : "none";
  if (status === 401 || status === 403)
    return new DatabaseFailure(`The server lets nobody in (status ${status}). Check who connects.`, { remedy });
  return new DatabaseFailure(
    `The database refuses it: ${cut(reasonOf(written), SHOWN_CHARACTERS)} (status ${status})`,
    { remedy },
  );
}

function reasonOf(written: string): string {
  try {
    const { errorMessage, error } = JSON.parse(written) as { readonly errorMessage?: string; readonly error?: string };
    return errorMessage ?? error ?? written;
  } catch {
    return written; // A proxy answers in its own words.
  }
}

function lost(error: unknown): TaskFailure {
  if (error instanceof DatabaseFailure) return error;
  const { message } = error as Error;
  return new DatabaseFailure(`The connection to the database is lost: ${message}`, {
    cause: error,
    remedy: "connect-again",
  });
}
