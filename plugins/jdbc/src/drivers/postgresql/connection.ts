import { TaskFailure } from "@capstan/sdk";
import type { CustomTypesConfig } from "pg";
import type Cursor from "pg-cursor";
import type { Answer, Connection, LoadConnection, ReadOptions, Row, Transactions } from "../../connection.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import type { PostgresSession } from "./connect.ts";
import { postgresFailure } from "./failure.ts";
import { toColumn, valueReaders } from "./values.ts";

/** A connection for queries. */
export async function postgresConnection(session: PostgresSession, zone: string | undefined): Promise<Connection> {
  const types = await typesOf(zone);
  return {
    ...transactionsOf(session),
    query: (statement, options) => query(session, types, statement, options),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** A connection for loads, of a session whose statements leave before those before them are answered. */
export function postgresLoad(session: PostgresSession): LoadConnection {
  return {
    ...transactionsOf(session),
    change: async (sql, valueLists) => {
      // With a name, the server reads the statement once.
      const name = valueLists.length > 1 ? "each" : "";
      const client = session.client();
      const run = (values: readonly unknown[]) => client.query({ name, text: sql, values: [...values] });
      const answers = await Promise.allSettled(valueLists.map(run));
      const changed = answers.map((answer) => {
        // The first refusal is the reason of those behind it.
        if (answer.status === "rejected") throw postgresFailure(answer.reason, sql);
        return answer.value.rowCount ?? 0;
      });
      return changed.reduce((sum, count) => sum + count, 0);
    },
    columnsOf: async (table) => {
      const sql = `SELECT * FROM ${table} WHERE false`;
      try {
        const { fields } = await session.client().query(sql);
        return fields.map(({ name, dataTypeID }) => ({ name, toDatabase: toColumn(dataTypeID) }));
      } catch (error) {
        throw postgresFailure(error, sql);
      }
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function transactionsOf({ client }: PostgresSession): Transactions {
  const command = async (sql: string): Promise<void> => {
    try {
      await client().query(sql);
    } catch (error) {
      throw postgresFailure(error, sql);
    }
  };
  return {
    begin: () => command("BEGIN"),
    commit: () => command("COMMIT"),
    rollback: () => command("ROLLBACK"),
  };
}

async function typesOf(zone: string | undefined): Promise<CustomTypesConfig> {
  const { default: pg } = await import("pg");
  // The library's own types describe an older form of it.
  const arrays = pg.types.arrayParser as unknown as {
    create(text: string, read: (element: string) => unknown): { parse(): unknown[] };
  };
  const readers = valueReaders(zone, (text, read) => arrays.create(text, read).parse());
  const parserOf = (oid: number) => readers.get(oid) ?? String;
  return { getTypeParser: parserOf as CustomTypesConfig["getTypeParser"] };
}

/** What the library's results tell beside rows. */
interface CursorResult {
  readonly fields: readonly unknown[];
  readonly rowCount: number | null;
}

async function query(
  session: PostgresSession,
  types: CustomTypesConfig,
  { sql, values }: Statement,
  { fetchSize, rowsMax = fetchSize }: ReadOptions,
): Promise<Answer> {
  const { default: PgCursor } = await import("pg-cursor");
  const cursor = session.client().query(new PgCursor(sql, [...values], { types }));
  const isCopying = withoutCopies(cursor);
  const rowsAtOnce = Math.min(fetchSize, rowsMax);
  const read = () =>
    new Promise<{ rows: Row[]; result: CursorResult }>((resolve, reject) => {
      session.client();
      cursor.read(rowsAtOnce, (error: Error | undefined, rows: Row[], result: unknown) =>
        // An error may be called by its name, or be the answer of a session that is over.
        error === undefined || error === null
          ? resolve({ rows, result: result as CursorResult })
          : reject(postgresFailure(error, sql)),
      );
    });
  const { rows, result } = await read();
  if (isCopying()) throw new TaskFailure("The statement copies rows to nobody. Use CopyOut for COPY … TO STDOUT.");
  if (result.fields.length === 0) return { changed: result.rowCount ?? 0 };
  async function* batches() {
    try {
      for (let batch = rows; batch.length > 0; batch = (await read()).rows) yield* batch;
    } finally {
      await Promise.race([cursor.close().catch(() => undefined), session.gone]);
    }
  }
  return { rows: batches(), changed: result.rowCount ?? 0 };
}

/** The library has no answer to COPY on a cursor, and would fall over it. Answers whether rows came that nobody took. */
function withoutCopies(cursor: Cursor): () => boolean {
  let isCopying = false;
  Object.assign(cursor, {
    handleCopyInResponse: (connection: { sendCopyFail(reason: string): void }) =>
      connection.sendCopyFail("use CopyIn for it"),
    handleCopyData: () => {
      isCopying = true;
    },
  });
  return () => isCopying;
}
