import { once } from "node:events";
import type { Readable } from "node:stream";
import type { QueryOptions } from "mysql2";
import type { Answer, Connection, LoadConnection, ReadOptions, Row, Transactions } from "../../connection.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import type { MysqlSession } from "./connect.ts";
import { mysqlFailure } from "./failure.ts";
import { type Clock, type Field, parameterOf, reader, toColumn } from "./values.ts";

/** What the library answers for a statement without rows. */
interface Header {
  readonly affectedRows: number;
}

type Library = MysqlSession["connection"];

/** A connection for queries. */
export function mysqlConnection(session: MysqlSession, clock: Clock): Connection {
  const { connection } = session;
  return {
    ...transactionsOf(connection),
    query: (statement, options) => query(connection, clock, statement, options),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** A connection for loads. */
export function mysqlLoad(session: MysqlSession, clock: Clock): LoadConnection {
  const { connection } = session;
  return {
    ...transactionsOf(connection),
    change: async (sql, valueLists) => {
      let changed = 0;
      for (const values of valueLists) {
        const { answer } = await ask(connection, { sql, values: values.map(parameterOf) });
        changed += (answer as Header).affectedRows;
      }
      return changed;
    },
    columnsOf: async (table) => {
      const { fields } = await ask(connection, { sql: `SELECT * FROM ${table} WHERE false` });
      return fields.map((field) => ({ name: field.name, toDatabase: toColumn(field, clock) }));
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function transactionsOf(connection: Library): Transactions {
  const command = async (sql: string): Promise<void> => {
    await ask(connection, { sql });
  };
  return {
    begin: () => command("START TRANSACTION"),
    commit: () => command("COMMIT"),
    rollback: () => command("ROLLBACK"),
  };
}

/** Runs a statement whose answer is small. Values are bound by the server. */
export function ask(
  connection: Library,
  { sql, values = [] }: { readonly sql: string; readonly values?: readonly unknown[] },
): Promise<{ readonly answer: unknown; readonly fields: readonly Field[] }> {
  return new Promise((resolve, reject) => {
    const end = (error: unknown, answer: unknown, fields: unknown) =>
      error === null || error === undefined
        ? resolve({ answer, fields: (fields ?? []) as readonly Field[] })
        : reject(mysqlFailure(error));
    // Not every statement can be prepared, so only those are that have values.
    if (values.length === 0) connection.query(sql, end);
    else connection.execute(sql, values as never, end);
  });
}

async function query(
  connection: Library,
  clock: Clock,
  { sql, values }: Statement,
  { fetchSize, rowsMax }: ReadOptions,
): Promise<Answer> {
  if (rowsMax === undefined) return start(connection, clock, { sql, values }, fetchSize);
  // Otherwise the server would send the rest, and each row of it would have to be taken.
  await ask(connection, { sql: `SET SESSION sql_select_limit = ${rowsMax}` });
  const answer = await start(connection, clock, { sql, values }, fetchSize);
  const unlimited = async () => void (await ask(connection, { sql: "SET SESSION sql_select_limit = DEFAULT" }));
  const { rows } = answer;
  if (rows === undefined) {
    await unlimited();
    return answer;
  }
  async function* limited(): AsyncGenerator<Row> {
    try {
      yield* rows!;
    } finally {
      await unlimited().catch(() => undefined); // A connection that is gone has no limit.
    }
  }
  return { ...answer, rows: limited() };
}

async function start(
  connection: Library,
  clock: Clock,
  { sql, values }: Statement,
  fetchSize: number,
): Promise<Answer> {
  const options: QueryOptions = { sql, values: values.map(parameterOf) };
  const command = values.length === 0 ? connection.query({ sql }) : connection.execute(options);
  command.on("error", () => undefined); // The stream tells it; behind its end there is nobody who would hear.
  const stream = command.stream({ highWaterMark: fetchSize });
  // The library tells commands without a callback nothing of a lost connection.
  const lose = (error: Error) => void stream.destroy(error);
  connection.once("error", lose);
  stream.once("close", () => connection.removeListener("error", lose));
  const columns = await columnsOf(stream);
  if (columns === undefined) {
    let changed = 0;
    for await (const header of stream) changed += (header as Header).affectedRows;
    return { changed };
  }
  return { rows: rowsOf(stream, columns, clock), changed: 0 };
}

/** The columns of the first answer; undefined where it has none. */
async function columnsOf(stream: Readable): Promise<readonly Field[] | undefined> {
  try {
    // Until somebody reads, the stream only waits.
    const [fields] = (await once(stream, "fields")) as [readonly Field[] | undefined];
    return fields;
  } catch (error) {
    throw mysqlFailure(error);
  }
}

async function* rowsOf(stream: Readable, columns: readonly Field[], clock: Clock): AsyncGenerator<Row> {
  const readers = columns.map((field) => [field.name, reader(field, clock)] as const);
  try {
    for await (const values of stream as AsyncIterable<readonly unknown[] | Header>) {
      // Behind the rows of a procedure comes what it changed.
      if (!Array.isArray(values)) continue;
      yield Object.fromEntries(readers.map(([name, read], index) => [name, read(values[index])]));
    }
  } catch (error) {
    throw mysqlFailure(error);
  }
}
