import type { Readable } from "node:stream";
import {
  type Answer,
  type Connection,
  type ReadOptions,
  type Row,
  SEVERAL_RESULTS,
  type Transactions,
} from "../../connection.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import type { HanaSession } from "./connect.ts";
import { hanaFailure } from "./failure.ts";
import {
  type ExecuteDone,
  type ExecuteOptions,
  type HanaClient,
  type HanaResultSet,
  type HanaStatement,
  isResultSet,
} from "./library.ts";
import { parameterOf, reader } from "./values.ts";

/** As many rows as the protocol gives at once. */
const FETCH_SIZE_MAX = 32_767;

/** A connection for queries. */
export function hanaConnection(session: HanaSession, warn: (text: string) => void): Connection {
  return {
    ...transactionsOf(session),
    query: (statement, options) => query(session, warn, statement, options),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

type Done<Result> = (error: Error | null | undefined, result: Result) => void;

/** What the library calls back with, or that the connection is lost, of which it tells not everybody. */
async function asked<Result>(
  session: HanaSession,
  run: (client: HanaClient, done: Done<Result>) => void,
): Promise<Result> {
  try {
    const client = session.client();
    const answer = new Promise<Result>((resolve, reject) => {
      run(client, (error, result) => (error === null || error === undefined ? resolve(result) : reject(error)));
    });
    return await Promise.race([answer, session.lost]);
  } catch (error) {
    throw hanaFailure(error);
  }
}

function transactionsOf(session: HanaSession): Transactions {
  const end = (how: "commit" | "rollback") =>
    asked<void>(session, (client, done) => client[how]((error) => done(error, undefined))).finally(() =>
      session.client().setAutoCommit(true),
    );
  return {
    // It begins with the next statement.
    begin: async () => session.client().setAutoCommit(false),
    commit: () => end("commit"),
    rollback: () => end("rollback"),
  };
}

async function query(
  session: HanaSession,
  warn: (text: string) => void,
  { sql, values }: Statement,
  { fetchSize }: ReadOptions,
): Promise<Answer> {
  const options = { rowsAsArray: true, fetchSize: Math.min(fetchSize, FETCH_SIZE_MAX) };
  const prepared =
    values.length === 0 ? undefined : await asked<HanaStatement>(session, (client, done) => client.prepare(sql, done));
  const drop = async () => {
    if (prepared !== undefined)
      await asked<void>(session, (_client, done) => prepared.drop((error) => done(error, undefined)));
  };
  const answers = await executed(session, sql, prepared, values, options);
  const [rows, ...others] = answers.filter(isResultSet);
  if (others.length > 0) warn(SEVERAL_RESULTS);
  for (const other of others) await closed(session, other);
  if (rows !== undefined) return { rows: rowsOf(session, rows, drop), changed: 0 };
  await drop();
  return { changed: countOf(answers[0]) };
}

function executed(
  session: HanaSession,
  sql: string,
  prepared: HanaStatement | undefined,
  values: readonly unknown[],
  options: ExecuteOptions,
): Promise<readonly unknown[]> {
  return asked<readonly unknown[]>(session, (client, done) => {
    const each: ExecuteDone = (error, ...answers) => done(error, answers);
    if (prepared === undefined) client.execute(sql, options, each);
    else {
      const bound = values.map((value, index) => parameterOf(value, prepared.parameterMetadata[index]!));
      prepared.execute(bound, options, each);
    }
  });
}

/** How many rows were changed: a number, or one for each packet of parameters. */
function countOf(answer: unknown): number {
  const counts = (Array.isArray(answer) ? answer : [answer]).filter((count) => typeof count === "number");
  return counts.reduce((total, count) => total + Math.max(0, count), 0);
}

async function* rowsOf(session: HanaSession, result: HanaResultSet, drop: () => Promise<void>): AsyncGenerator<Row> {
  const readers = result.metadata.map((column) => [column.columnDisplayName, reader(column, session.decode)] as const);
  try {
    for await (const values of rowsUntilLost(session, result.createObjectStream())) {
      const row: Record<string, unknown> = {};
      for (const [index, [name, read]] of readers.entries()) row[name] = await read(values[index]);
      yield row;
    }
  } catch (error) {
    throw hanaFailure(error);
  } finally {
    // A connection that is gone has closed all of it.
    await closed(session, result)
      .then(drop)
      .catch(() => undefined);
  }
}

async function* rowsUntilLost(session: HanaSession, stream: Readable): AsyncGenerator<readonly unknown[]> {
  session.lost.catch((error: Error) => stream.destroy(error));
  yield* stream as AsyncIterable<readonly unknown[]>;
}

async function closed(session: HanaSession, result: HanaResultSet): Promise<void> {
  if (!result.closed) await asked<void>(session, (_client, done) => result.close((error) => done(error, undefined)));
}
