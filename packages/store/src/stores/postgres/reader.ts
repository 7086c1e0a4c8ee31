import type { PoolClient, QueryResultRow } from "pg";
import { StoreError } from "../../errors.ts";
import { countSql, knownTotal, selectSql, type Selection } from "../../sql/selection.ts";
import type { SqlValue } from "../../sql/dialect.ts";
import type { Page, PageRequest } from "../../store.ts";
import { walkRows } from "./cursor.ts";
import { type Driver, numbered, type SessionSettings } from "./driver.ts";
import { DRIFT_SQL, type Drift } from "./partitions/drift.ts";
import { isUnreachable, toStoreError } from "./postgres-errors.ts";

/** Asks the database, on connections of its own. Each question sees every commit that was acknowledged before it. */
export interface Reader {
  all<Row extends QueryResultRow>(sql: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  get<Row extends QueryResultRow>(sql: string, values?: readonly SqlValue[]): Promise<Row | undefined>;
  /** What the database expects of a query, by its statistics. */
  expect(sql: string, values: readonly SqlValue[]): Promise<Expectation>;
  /** How far executions are from the times in their ids. */
  drift(): Promise<Drift>;
  /** One page of rows and the number of all matches; counts only when the page itself doesn't tell. */
  page<Row extends QueryResultRow>(
    columns: string,
    selection: Selection,
    order: string,
    page: Omit<PageRequest, "sort" | "after">,
  ): Promise<Page<Row>>;
  /** Row by row, in one snapshot with all else that is asked in it. */
  snapshot<Result>(ask: (snapshot: Snapshot) => Promise<Result>): Promise<Result>;
  stop(): Promise<void>;
}

export interface Expectation {
  readonly rows: number;
  /** In the database's own unit: about a microsecond or two where what it reads is in memory. */
  readonly cost: number;
}

export interface Snapshot {
  readonly get: <Row extends QueryResultRow>(sql: string, values: readonly SqlValue[]) => Promise<Row | undefined>;
  /** See the reader. */
  readonly expect: Reader["expect"];
  /** One walk at a time, to its end or to where its reader leaves it. */
  readonly walk: <Row extends QueryResultRow>(sql: string, values: readonly SqlValue[]) => AsyncIterable<Row>;
}

export interface ReaderOptions {
  readonly driver: Driver;
  readonly schema: string;
  readonly label: string;
  readonly connectionsMax: number;
  readonly statementMsMax: number;
}

/**
 * Filters differ too much for one plan to suit them all. Where there is an index, it is used: what an estimate takes for a few rows
 * may be all of them. Who walks wants its first rows soon, and seldom the last.
 */
export const READER_SESSION: SessionSettings = {
  plan_cache_mode: "force_custom_plan",
  enable_seqscan: "off",
  cursor_tuple_fraction: "0.01",
  default_transaction_read_only: "on",
};

/** The server ends a query that takes too long; after so many milliseconds more its connection counts as lost. */
const SILENCE_MS_MAX = 5_000;

export function createReader({ driver, schema, label, connectionsMax, statementMsMax }: ReaderOptions): Reader {
  const session = { ...READER_SESSION, search_path: schema, statement_timeout: String(statementMsMax) };
  const pool = driver.pool(session, { connectionsMax, answerMsMax: statementMsMax + SILENCE_MS_MAX });
  let isStopped = false;
  /** Once more when a connection turns out to be gone: nothing was changed by asking. */
  const asking = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
    for (let attempt = 0; ; attempt += 1) {
      if (isStopped) throw new StoreError("store-closed", "it was stopped before the answer came");
      try {
        return await ask();
      } catch (error) {
        const typed = toStoreError(error, label);
        if (attempt > 0 || !isUnreachable(typed) || isStopped) throw typed;
      }
    }
  };
  const all = <Row extends QueryResultRow>(sql: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> =>
    asking(async () => (await pool.query<Row>(numbered(sql, values))).rows);
  return {
    all,
    get: async (sql, values) => (await all<never>(sql, values))[0],
    expect: async (sql, values) => expectationOf(await all<ExplainedRow>(EXPLAIN + sql, values)),
    drift: async () => (await all<Drift>(DRIFT_SQL))[0]!,
    page: async <Row extends QueryResultRow>(
      columns: string,
      selection: Selection,
      order: string,
      page: Omit<PageRequest, "sort" | "after">,
    ): Promise<Page<Row>> => {
      const values = [...selection.values, page.limit, page.offset];
      const rows = await all<Row>(selectSql(columns, selection, order), values);
      const total = knownTotal(rows.length, page);
      if (total !== undefined) return { rows, total };
      const [counted] = await all<{ total: number }>(countSql(selection), selection.values);
      return { rows, total: counted?.total ?? 0 };
    },
    snapshot: (ask) =>
      asking(async () => {
        const client = await pool.connect();
        let isSound = false;
        try {
          const result = await inSnapshot(client, ask);
          isSound = true;
          return result;
        } finally {
          // Nobody knows what one that failed would answer next.
          client.release(!isSound);
        }
      }),
    stop: async () => {
      isStopped = true;
      await pool.end();
    },
  };
}

interface ExplainedRow {
  readonly "QUERY PLAN": readonly { readonly Plan: { readonly "Plan Rows": number; readonly "Total Cost": number } }[];
}

const EXPLAIN = "EXPLAIN (FORMAT JSON) ";

function expectationOf([row]: readonly ExplainedRow[]): Expectation {
  const { "Plan Rows": rows, "Total Cost": cost } = row!["QUERY PLAN"][0]!.Plan;
  return { rows, cost };
}

async function inSnapshot<Result>(client: PoolClient, ask: (snapshot: Snapshot) => Promise<Result>): Promise<Result> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const result = await ask({
    get: async (sql, values) => (await client.query<never>(numbered(sql, values))).rows[0],
    expect: async (sql, values) =>
      expectationOf((await client.query<ExplainedRow>(numbered(EXPLAIN + sql, values))).rows),
    walk: (sql, values) => walkRows(client, sql, values),
  });
  await client.query("COMMIT");
  return result;
}
