import type { ClientBase, QueryResultRow } from "pg";
import type { SqlValue } from "../../sql/dialect.ts";
import { numbered } from "./driver.ts";

/** Rows that cross at once: the first few soon, so that a page that needs no more reads no more; then many. */
const FIRST_ROWS = 50;
const ROWS = 500;

/** The rows of a query, some at a time, within the transaction of the connection. One walk at a time. */
export async function* walkRows<Row extends QueryResultRow>(
  client: ClientBase,
  sql: string,
  values: readonly SqlValue[],
): AsyncIterable<Row> {
  await client.query(numbered(`DECLARE walk NO SCROLL CURSOR FOR ${sql}`, values));
  try {
    for (let count = FIRST_ROWS; ; count = ROWS) {
      const { rows } = await client.query<Row>(`FETCH ${count} FROM walk`);
      yield* rows;
      if (rows.length < count) break;
    }
  } finally {
    await client.query("CLOSE walk").catch(() => undefined); // A transaction that failed has closed it.
  }
}
