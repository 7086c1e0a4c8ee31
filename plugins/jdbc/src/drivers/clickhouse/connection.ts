import { parseJsonValue, readLines, recordLine } from "@capstan/sdk";
import type { HttpResponse } from "@capstan/sdk/http";
import type { Answer, Connection, LoadConnection, Row, Transactions } from "../../connection.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import { clickhouseRefusal, lostConnection } from "./failure.ts";
import type { ClickhouseSession } from "./session.ts";
import { type Clock, placeValue, readerOf } from "./values.ts";

/** The database has no transactions, and a session no connection. */
const NONE: Transactions & AsyncDisposable = {
  begin: async () => undefined,
  commit: async () => undefined,
  rollback: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

/** A connection for queries. */
export function clickhouseConnection(session: ClickhouseSession, zone: string | undefined): Connection {
  const clock = { server: session.timeZone, shown: zone };
  return { ...NONE, query: (statement) => query(session, clock, statement) };
}

/** A connection for loads. */
export function clickhouseLoad(session: ClickhouseSession): LoadConnection {
  return {
    ...NONE,
    append: async (insert, rows) => {
      const answer = await session.ask(`${insert} FORMAT JSONCompactEachRow\n${rows.map(recordLine).join("")}`);
      for await (const line of linesOf(answer)) throw clickhouseRefusal(line);
      return writtenRows(answer, rows.length);
    },
    columnsOf: async (table) => {
      const answer = await session.ask(`SELECT * FROM ${table} WHERE false`);
      for await (const line of linesOf(answer))
        return (parseJsonValue(line) as readonly string[]).map((name) => ({ name, toDatabase: (value) => value }));
      return [];
    },
  };
}

async function query(session: ClickhouseSession, clock: Clock, { sql, values }: Statement): Promise<Answer> {
  const places = Object.fromEntries(values.map((value, index) => [`p${index + 1}`, placeValue(value)]));
  const answer = await session.ask(sql, places);
  const lines = linesOf(answer);
  const names = await lines.next();
  if (names.done === true) return { changed: writtenRows(answer, 0) };
  const types = await lines.next();
  if (types.done === true) throw clickhouseRefusal(names.value);
  return { rows: rowsOf(answer, lines, readersOf(names.value, types.value, clock)), changed: 0 };
}

type Column = readonly [name: string, read: (value: unknown) => unknown];

function readersOf(names: string, types: string, clock: Clock): readonly Column[] {
  const written = parseJsonValue(types) as readonly string[];
  return (parseJsonValue(names) as readonly string[]).map((name, index) => [name, readerOf(written[index]!, clock)]);
}

async function* rowsOf(
  { body }: HttpResponse,
  lines: AsyncIterable<string>,
  columns: readonly Column[],
): AsyncGenerator<Row> {
  try {
    for await (const line of lines) {
      const values = parseJsonValue(line) as readonly unknown[];
      yield Object.fromEntries(columns.map(([name, read], index) => [name, read(values[index])]));
    }
  } finally {
    body.destroy(); // Nobody reads on: the server ends what it runs.
  }
}

/** The lines of an answer that are values. Throws `DatabaseFailure` for a refusal, which may stand behind rows. */
async function* linesOf({ body }: HttpResponse): AsyncGenerator<string> {
  let refusal: string | undefined;
  try {
    for await (const line of readLines(body)) {
      if (refusal !== undefined) refusal += `\n${line}`;
      else if (line.startsWith("[")) yield line;
      else if (line.trim() !== "") refusal = line;
    }
  } catch (error) {
    // The server breaks off behind a refusal.
    if (refusal === undefined) throw lostConnection(error);
  }
  if (refusal !== undefined) throw clickhouseRefusal(refusal);
}

/** Rows of which the server says that they are written. */
function writtenRows(answer: HttpResponse, otherwise: number): number {
  const summary = answer.header("X-ClickHouse-Summary");
  if (summary === undefined) return otherwise;
  const { written_rows: written = otherwise } = JSON.parse(summary) as { readonly written_rows?: string | number };
  return Number(written);
}
