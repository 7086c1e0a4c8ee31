import type { Request } from "tedious";
import {
  type Answer,
  type Connection,
  type LoadConnection,
  type ReadOptions,
  type Row,
  SEVERAL_RESULTS,
  type Transactions,
} from "../../connection.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import type { SqlServerSession } from "./connect.ts";
import { sqlServerFailure } from "./failure.ts";
import { addValue } from "./parameters.ts";
import { columnNames, type Field, reader, toColumn } from "./values.ts";

/** How rows are read. */
interface Reading {
  /** The time zone that points in time are shown in. */
  readonly zone: string | undefined;
  readonly warn: (text: string) => void;
}

/** A connection for queries. */
export function sqlServerConnection(session: SqlServerSession, reading: Reading): Connection {
  return {
    ...transactionsOf(session),
    query: (statement, options) => query(session, reading, statement, options),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** A connection for loads. */
export function sqlServerLoad(session: SqlServerSession): LoadConnection {
  return {
    ...transactionsOf(session),
    change: async (sql, valueLists) => {
      let changed = 0;
      for (const values of valueLists) changed += await changedBy(session, { sql, values });
      return changed;
    },
    columnsOf: async (table) => {
      const running = start(session, { sql: `SELECT * FROM ${table} WHERE 1 = 0`, values: [] });
      const fields = (await running.fields) ?? [];
      await drained(running);
      return fields.map((field) => ({ name: field.colName, toDatabase: toColumn(field) }));
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function transactionsOf({ tds }: SqlServerSession): Transactions {
  const command = (run: (done: (error: Error | null | undefined) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      run((error) => (error === null || error === undefined ? resolve() : reject(sqlServerFailure(error))));
    });
  return {
    begin: () => command((done) => tds.beginTransaction(done)),
    commit: () => command((done) => tds.commitTransaction(done)),
    rollback: () => command((done) => tds.rollbackTransaction(done)),
  };
}

async function changedBy(session: SqlServerSession, statement: Statement): Promise<number> {
  const running = start(session, statement);
  await running.fields; // Rows of an OUTPUT wait for somebody who lets them pass.
  return drained(running);
}

function drained({ request, done }: Running): Promise<number> {
  request.resume();
  return done;
}

/** A statement that has been sent. */
interface Running {
  readonly request: Request;
  /** Of its first answer with rows; undefined when it has ended without any. */
  readonly fields: Promise<readonly Field[] | undefined>;
  /** How many rows it changed or answered. */
  readonly done: Promise<number>;
}

/** Sends a statement. Its rows wait until they are wanted. */
function start(session: SqlServerSession, { sql, values }: Statement): Running {
  const { library, tds } = session;
  const done = Promise.withResolvers<number>();
  // Nothing else ends a MERGE, and a comment may be the last of it.
  const request = new library.Request(`${sql}\n;`, (error, rowCount) => {
    if (error === null || error === undefined) done.resolve(rowCount ?? 0);
    else done.reject(sqlServerFailure(error));
  });
  const fields = Promise.withResolvers<readonly Field[] | undefined>();
  done.promise.then(() => fields.resolve(undefined), fields.reject);
  fields.promise.catch(() => undefined); // Whoever waits for the end is told as well.
  request.once("columnMetadata", (columns) => {
    request.pause();
    fields.resolve(columns);
  });
  for (const [index, value] of values.entries()) addValue(request, library.TYPES, `p${index + 1}`, value);
  session.watch(request);
  // What runs beside values is a procedure, whose temporary tables and settings end with it.
  if (values.length === 0) tds.execSqlBatch(request);
  else tds.execSql(request);
  return { request, fields: fields.promise, done: done.promise };
}

async function query(
  session: SqlServerSession,
  reading: Reading,
  statement: Statement,
  { fetchSize }: ReadOptions,
): Promise<Answer> {
  const running = start(session, statement);
  const fields = await running.fields;
  if (fields === undefined) return { changed: await running.done };
  return { rows: rowsOf(running, fields, reading, fetchSize), changed: 0 };
}

type Values = readonly { readonly value: unknown }[];

/** The rows of the first answer that has any. When nobody reads on, the statement is ended on the server. */
async function* rowsOf(
  { request, done }: Running,
  fields: readonly Field[],
  { zone, warn }: Reading,
  fetchSize: number,
): AsyncGenerator<Row> {
  const names = columnNames(fields);
  const readers = fields.map((field) => reader(field, zone));
  let waiting: Values[] = [];
  let isFirst = true;
  let hasEnded = false;
  let wake = Promise.withResolvers<void>();
  request.on("columnMetadata", () => {
    if (isFirst) warn(SEVERAL_RESULTS);
    isFirst = false;
  });
  request.on("row", (values: Values) => {
    if (!isFirst) return;
    waiting.push(values);
    if (waiting.length >= fetchSize) request.pause();
    wake.resolve();
  });
  const end = () => {
    hasEnded = true;
    wake.resolve();
  };
  done.then(end, end);
  try {
    request.resume();
    for (;;) {
      await wake.promise;
      wake = Promise.withResolvers();
      const rows = waiting;
      waiting = [];
      for (const values of rows)
        yield Object.fromEntries(readers.map((read, index) => [names[index]!, read(values[index]!.value)]));
      if (hasEnded && waiting.length === 0) break;
      request.resume();
    }
    await done;
  } finally {
    if (!hasEnded) request.cancel();
    await done.catch(() => undefined);
  }
}
