import {
  type DeliveredRows,
  deliverRows,
  dynamic,
  fetchType,
  secret,
  type TaskContext,
  TaskFailure,
  text,
  textMap,
} from "@capstan/sdk";
import { callApi, type ExchangeOptions, exchangeOptions } from "@capstan/sdk/http";
import { z } from "zod";

const PORT = 8000;
const PORT_MAX = 65_535;
const CONNECT_SECONDS = 60;
/** A statement may take long; its time is limited by the task's `timeout`. */
const SILENCE_MS = 3_600_000;

/** Properties of both types. */
export const statementProperties = () => ({
  host: text().describe("The host of the server."),
  port: dynamic(z.int().min(1).max(PORT_MAX)).default(PORT).describe(`The port of the server. Default: ${PORT}.`),
  useTls: dynamic(z.boolean()).default(false).describe("Whether the connection is encrypted. Default: false."),
  username: text().optional().describe("Who asks: a user of the root level."),
  password: secret().optional().describe("The password of the user. It is masked in logs."),
  namespace: text().describe("The namespace of the database."),
  database: text().describe("The database."),
  connectionTimeout: dynamic(z.int().min(1))
    .default(CONNECT_SECONDS)
    .describe(`How long connecting may take, in seconds. Default: ${CONNECT_SECONDS}.`),
  fetchType: fetchType("STORE"),
  parameters: textMap()
    .optional()
    .describe("Texts for `$name` in the query. They are sent beside it, and never become a part of it."),
  query: text().describe("Statements of SurrealQL, with semicolons between them."),
});
export type StatementProperties = z.output<z.ZodObject<ReturnType<typeof statementProperties>>>;

/** What one statement answers. */
interface StatementAnswer {
  readonly status: "OK" | "ERR";
  readonly result: unknown;
}

/** What the server answers to a call. */
interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly message?: unknown };
}

/** Runs the statements, and makes outputs of what they answer, one after the other. Throws `TaskFailure` for the first that is refused. */
export async function runStatements(
  properties: StatementProperties,
  { signal, files }: Pick<TaskContext<unknown>, "signal" | "files">,
): Promise<DeliveredRows> {
  const answers = await ask(properties, signal);
  const refused = answers.findIndex(({ status }) => status !== "OK");
  if (refused !== -1) {
    const which = answers.length === 1 ? "" : `Statement ${refused + 1} of ${answers.length}: `;
    throw new TaskFailure(`${which}The database refuses it: ${textOf(answers[refused]!.result)}`);
  }
  return await deliverRows(rowsOf(answers), properties.fetchType, files);
}

/** A list is its rows, nothing none of them; a value is a row with the key `result`, since a row is a map. */
async function* rowsOf(answers: readonly StatementAnswer[]): AsyncGenerator {
  for (const { result } of answers) {
    const values: readonly unknown[] = Array.isArray(result) ? result : result == null ? [] : [result];
    for (const value of values) yield isMap(value) ? value : { result: value };
  }
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function ask(properties: StatementProperties, signal: AbortSignal): Promise<readonly StatementAnswer[]> {
  const { host, port, useTls, namespace, database, query, parameters = {} } = properties;
  const address = `${useTls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}/rpc`;
  if (!URL.canParse(address)) throw new TaskFailure(`\`host\` is "${host}", which is no name of a host.`);
  const headers = {
    "Surreal-NS": namespace,
    "Surreal-DB": database,
    // As versions before 2.0 call them.
    NS: namespace,
    DB: database,
  };
  const value = await callApi(signal, {
    what: "The query",
    url: address,
    headers,
    body: { id: 1, method: "query", params: [query, parameters] },
    options: optionsOf(properties),
    lessAdvice: "Ask for less at once, with LIMIT and START.",
    adviceFor: (status) =>
      status === 401 || status === 403
        ? "Check `username` and `password`: the user is one of the root level."
        : undefined,
  });
  const answer: Answer = isMap(value) ? (value as Answer) : {};
  if (answer.error !== undefined)
    throw new TaskFailure(`The database refuses the query: ${textOf(answer.error.message)}`);
  if (!Array.isArray(answer.result)) throw new TaskFailure(`${address} is no SurrealDB: check \`host\` and \`port\`.`);
  return answer.result as readonly StatementAnswer[];
}

function optionsOf({ username, password, connectionTimeout }: StatementProperties): ExchangeOptions {
  return {
    ...exchangeOptions({}, SILENCE_MS),
    connectTimeoutMs: connectionTimeout * 1000,
    limitNames: { connect: "connectionTimeout", readIdle: "timeout" },
    ...(username !== undefined && { auth: { type: "BASIC", username, password: password ?? "" } }),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
