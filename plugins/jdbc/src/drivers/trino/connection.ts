import type { Answer, Connection, Row } from "../../connection.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import { onlyStatements } from "../only-statements.ts";
import { trinoRefusal } from "./failure.ts";
import { withValues } from "./literals.ts";
import type { Page, TrinoSession } from "./session.ts";
import { readerOf } from "./values.ts";

/** A connection for queries. Tables of most catalogues can't be written to within a transaction, so that there is none. */
export function trinoConnection(session: TrinoSession, zone: string | undefined, signal: AbortSignal): Connection {
  return onlyStatements((statement) => query(session, zone, signal, statement));
}

async function query(
  session: TrinoSession,
  zone: string | undefined,
  signal: AbortSignal,
  statement: Statement,
): Promise<Answer> {
  const pages = pagesOf(session, withValues(statement), signal);
  for await (const first of remaining(pages)) {
    const isLast = first.nextUri === undefined;
    if (!isLast && first.columns === undefined && first.updateType === undefined) continue;
    if (first.updateType === undefined && first.columns !== undefined)
      return { rows: rowsOf(first, pages, zone), changed: 0 };
    let changed = first.updateCount;
    for await (const page of pages) changed = page.updateCount ?? changed;
    return { changed: Number(changed ?? 0) };
  }
  return { changed: 0 };
}

/** What is left of pages; leaving it does not end them. */
function remaining(pages: AsyncGenerator<Page>): AsyncIterable<Page> {
  return { [Symbol.asyncIterator]: () => ({ next: () => pages.next() }) };
}

/** The pages of an answer as they come. Where nobody reads on, or somebody ends the task, the server ends the statement. */
async function* pagesOf(session: TrinoSession, sql: string, signal: AbortSignal): AsyncGenerator<Page> {
  signal.throwIfAborted();
  let page = await session.begin(sql);
  try {
    for (;;) {
      if (page.error !== undefined) throw trinoRefusal(page.error);
      yield page;
      if (page.nextUri === undefined) return;
      page = await session.next(page);
    }
  } finally {
    await session.end(page);
  }
}

async function* rowsOf(first: Page, pages: AsyncGenerator<Page>, zone: string | undefined): AsyncGenerator<Row> {
  const columns = first.columns!.map(({ name, typeSignature }) => [name, readerOf(typeSignature, zone)] as const);
  const rowOf = (values: readonly unknown[]): Row =>
    Object.fromEntries(columns.map(([name, read], index) => [name, read(values[index])]));
  try {
    yield* (first.data ?? []).map(rowOf);
    for await (const { data = [] } of pages) yield* data.map(rowOf);
  } finally {
    await pages.return(undefined);
  }
}
