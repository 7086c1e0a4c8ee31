import { parseJsonValue, TaskFailure } from "@capstan/sdk";
import { cut, type ExchangeOptions, send, textBody } from "@capstan/sdk/http";
import { type Answer, type Connection, DatabaseFailure, type Row } from "../../connection.ts";
import { onlyStatements, statementExchange } from "../only-statements.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import { AnswerTooLong, answerText } from "../answer-text.ts";
import type { PinotAddress } from "./address.ts";
import { readerOf } from "./values.ts";

/** Size of an answer, which comes at once. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const SHOWN_CHARACTERS = 2_000;
/** What a busy server answers. */
const LATER: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What the server answers a statement. */
interface PinotAnswer {
  readonly resultTable?: {
    readonly dataSchema: { readonly columnNames: readonly string[]; readonly columnDataTypes: readonly string[] };
    readonly rows: readonly (readonly unknown[])[];
  } | null;
  readonly exceptions?: readonly { readonly errorCode?: number; readonly message?: string }[];
}

/** Statements are sent one by one; nothing is kept open between them. */
export function pinotConnection(address: PinotAddress, signal: AbortSignal): Connection {
  const options = statementExchange(address);
  return onlyStatements((statement) => query(statement, address, options, signal));
}

async function query(
  { sql }: Statement,
  { endpoint }: PinotAddress,
  options: ExchangeOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const body = textBody(JSON.stringify({ sql }), "application/json");
  const request = { method: "POST", url: new URL(endpoint), headers: {}, body };
  let status: number;
  let answered: string;
  try {
    const response = await send(request, options, signal);
    ({ status } = response);
    answered = await answerText(response.body, ANSWER_BYTES_MAX);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AnswerTooLong) throw error;
    throw new DatabaseFailure(`The connection to the database is lost: ${(error as Error).message}`, {
      cause: error,
      remedy: "connect-again",
    });
  }
  const answer = answerOf(status, answered);
  const { resultTable } = answer;
  // Rows of some servers without those of others are no answer.
  if ((answer.exceptions ?? []).length > 0 || resultTable == null) throw refusalOf(answer);
  return { rows: rowsOf(resultTable), changed: 0 };
}

function answerOf(status: number, answered: string): PinotAnswer {
  if (status === 401 || status === 403)
    throw new DatabaseFailure(`The server lets nobody in (status ${status}). Check who connects.`, { remedy: "none" });
  try {
    const answer = parseJsonValue(answered);
    if (status === 200 && typeof answer === "object" && answer !== null) return answer as PinotAnswer;
  } catch {
    // A proxy answers in its own words.
  }
  const remedy = LATER.has(status) ? "later" : "none";
  const reason = cut(answered.trim(), SHOWN_CHARACTERS);
  throw new DatabaseFailure(`The server answered with status ${status}: ${reason}`, { remedy });
}

function refusalOf({ exceptions = [] }: PinotAnswer): TaskFailure {
  const [first] = exceptions;
  if (first === undefined) return new TaskFailure("The server answered with what is no table. Check `url`.");
  const reason = cut((first.message ?? "it does not say why").trim(), SHOWN_CHARACTERS);
  return new DatabaseFailure(`The database refuses it: ${reason} (code ${first.errorCode ?? "none"})`, {
    remedy: "none",
  });
}

async function* rowsOf({ dataSchema, rows }: NonNullable<PinotAnswer["resultTable"]>): AsyncGenerator<Row> {
  const { columnNames, columnDataTypes } = dataSchema;
  const reads = columnDataTypes.map((type) => readerOf(type));
  for (const row of rows) yield Object.fromEntries(columnNames.map((name, index) => [name, reads[index]!(row[index])]));
}
