import { TaskFailure } from "@capstan/sdk";
import type { Answer, Connection, Row } from "../../connection.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import { rawRows } from "./chunks.ts";
import type { SnowflakeSession, StatementAnswer } from "./session.ts";
import { bindingOf, readerOf } from "./values.ts";

/** Kinds of statements by their numbers: those from the first number to before the second answer no rows of data. */
const WITHOUT_ROWS: readonly (readonly [from: number, to: number])[] = [
  [0x3000, 0x4000], // They change rows.
  [0x4100, 0x4400], // They set something of the session: ALTER SESSION, USE.
  [0x5000, 0x6000], // They begin and end transactions.
  [0x6000, 0x7000], // They make and drop tables and the like.
];
const CHANGES_ROWS = WITHOUT_ROWS[0]!;

/** A connection for queries. */
export function snowflakeConnection(
  session: SnowflakeSession,
  zone: string | undefined,
  signal: AbortSignal,
): Connection {
  const command = async (sql: string): Promise<void> => {
    await session.run(sql, []);
  };
  return {
    begin: () => command("BEGIN"),
    commit: () => command("COMMIT"),
    rollback: () => command("ROLLBACK"),
    query: (statement) => query(session, zone, signal, statement),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function query(
  session: SnowflakeSession,
  zone: string | undefined,
  signal: AbortSignal,
  { sql, values }: Statement,
): Promise<Answer> {
  const answer = await session.run(sql, values.map(bindingOf));
  if (answer.command !== undefined)
    throw new TaskFailure(
      "The statement moves files of this machine, which SQL here can't. Use COPY INTO with a stage outside of Snowflake.",
    );
  const kind = answer.statementTypeId;
  if (WITHOUT_ROWS.some(([from, to]) => kind >= from && kind < to))
    return { changed: kind >= CHANGES_ROWS[0] && kind < CHANGES_ROWS[1] ? changedBy(answer) : 0 };
  return { rows: rowsOf(session, zone, signal, answer), changed: 0 };
}

/** Columns in which statements tell how many rows they changed; others count files and errors. */
const COUNT = /^(?:number of rows (?:inserted|updated|deleted)(?: into .*)?|rows_loaded|rows_unloaded)$/u;

function changedBy({ rowtype, rowset }: StatementAnswer): number {
  const counts = [...rowtype.entries()].filter(([, { name }]) => COUNT.test(name.toLowerCase()));
  return rowset.flatMap((row) => counts.map(([index]) => Number(row[index] ?? 0))).reduce((sum, n) => sum + n, 0);
}

async function* rowsOf(
  session: SnowflakeSession,
  zone: string | undefined,
  signal: AbortSignal,
  answer: StatementAnswer,
): AsyncGenerator<Row> {
  const columns = answer.rowtype.map((column) => [column.name, readerOf(column, zone)] as const);
  for await (const raw of rawRows(session, answer, signal))
    yield Object.fromEntries(columns.map(([name, read], index) => [name, read(raw[index] ?? null)]));
}
