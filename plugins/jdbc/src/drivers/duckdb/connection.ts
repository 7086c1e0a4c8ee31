import { TaskFailure } from "@capstan/sdk";
import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";
import { type Answer, type Connection, DatabaseFailure, type Row } from "../../connection.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import { inputOf, reader } from "./values.ts";

/** How often a statement is told to end, in milliseconds. */
const INTERRUPT_MS = 50;

interface Settings {
  readonly close: () => void;
  /** Time zone of points in time. */
  readonly zone: string | undefined;
  readonly signal: AbortSignal;
}

/** A session. Its statements run in threads of the library, and end at once when the signal aborts. */
export function duckdbConnection(library: DuckDBConnection, { close, zone, signal }: Settings): Connection {
  // What is only being prepared is not interrupted, and runs then.
  let again: NodeJS.Timeout | undefined;
  const interrupt = () => {
    library.interrupt();
    again ??= setInterval(interrupt, INTERRUPT_MS);
  };
  signal.addEventListener("abort", interrupt);
  let isOpen = true;
  const command = async (sql: string): Promise<void> => {
    await told(() => library.run(sql));
  };
  return {
    query: (statement) => query(library, statement, zone, signal),
    begin: () => command("BEGIN TRANSACTION"),
    commit: () => command("COMMIT"),
    rollback: () => command("ROLLBACK"),
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener("abort", interrupt);
      clearInterval(again);
      if (isOpen) close();
      isOpen = false;
    },
  };
}

/** Where the rows of a query are until they are read. */
const ROWS_TABLE = "temp.capstan_rows";
/** Queries that a table can be made of; what others answer (DESCRIBE, INSERT … RETURNING) is little enough for memory. */
const TABLE_QUERY = /^(?:\s|\(|--[^\n]*\n|\/\*.*?\*\/)*(?:SELECT|FROM|WITH|VALUES)\b/isu;

/**
 * The rows of a query are put into a temporary table, which goes to the disk when it grows. The library can hand out rows while they come to
 * be, but takes a failure in the middle for their end, and would have lost rows without a word.
 */
async function query(
  library: DuckDBConnection,
  { sql, values }: Statement,
  zone: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  signal.throwIfAborted();
  const { ResultReturnType, StatementType } = await import("@duckdb/node-api");
  const inputs = values.map(inputOf);
  if (TABLE_QUERY.test(sql) && (await typeOf(library, sql)) === StatementType.SELECT) {
    await told(() => library.run(`CREATE OR REPLACE TEMP TABLE ${ROWS_TABLE} AS ${sql}`, inputs));
    return { rows: rowsOfTable(library, zone, signal), changed: 0 };
  }
  const result = await told(() => library.run(sql, inputs));
  if (result.returnType === ResultReturnType.QUERY_RESULT) return { rows: rowsOf(result, zone, signal), changed: 0 };
  return { changed: result.rowsChanged };
}

async function typeOf(library: DuckDBConnection, sql: string) {
  const prepared = await told(() => library.prepare(sql));
  const { statementType } = prepared;
  prepared.destroySync();
  return statementType;
}

async function* rowsOfTable(
  library: DuckDBConnection,
  zone: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Row> {
  const counted = await told(() => library.run(`SELECT count(*) FROM ${ROWS_TABLE}`));
  const [[count] = []] = await counted.getRows();
  const result = await told(() => library.stream(`FROM ${ROWS_TABLE}`));
  let given = 0n;
  for await (const row of rowsOf(result, zone, signal)) {
    given += 1n;
    yield row;
  }
  signal.throwIfAborted();
  if (given !== count)
    throw new DatabaseFailure(`The database gave ${given} of ${String(count)} rows, and no reason.`, {
      remedy: "none",
    });
  await told(() => library.run(`DROP TABLE ${ROWS_TABLE}`));
}

async function* rowsOf(result: DuckDBResult, zone: string | undefined, signal: AbortSignal): AsyncGenerator<Row> {
  const types = result.columnTypes();
  const readers = result.deduplicatedColumnNames().map((name, index) => [name, reader(types[index]!, zone)] as const);
  for (;;) {
    signal.throwIfAborted();
    const chunk = await told(() => result.fetchChunk());
    if (chunk === null || chunk.rowCount === 0) return;
    for (const values of chunk.getRows())
      yield Object.fromEntries(readers.map(([name, read], index) => [name, read(values[index] ?? null)]));
  }
}

async function told<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw duckdbFailure(error);
  }
}

/** A refusal in words for the author of the SQL. */
export function duckdbFailure(error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const { message } = error as Error;
  const isAlone = /cannot .*(?:within|inside|in) a transaction/iu.test(message);
  return new DatabaseFailure(`The database refuses it: ${message}`, {
    cause: error,
    remedy: isAlone ? "outside-transaction" : "none",
  });
}
