import { idOf } from "@capstan/engine";
import type { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SqlValue } from "../../../sql/dialect.ts";
import { parseAddress } from "../address.ts";
import { loadDriver, numbered } from "../driver.ts";
import { createPostgresStore } from "../postgres-store.ts";
import { EXTENTS_SQL, expiredSql } from "../queries/expiry.ts";
import { executionStatisticsSql } from "../queries/execution-statistics.ts";
import { executionSearchSql, latestSql, selectFrom } from "../queries/executions.ts";
import { READER_SESSION } from "../reader.ts";
import { removeOfExecutionsStatement } from "../tables.ts";
import { type PostgresCluster, startPostgresCluster } from "../testing/cluster.ts";
import { makePartitions } from "./make-partitions.ts";
import { DAY_MS } from "../../../days.ts";
import { windowsOf } from "./windows.ts";

const TODAY = Date.UTC(2024, 10, 26);
const DAYS = 99;
const DRIFT = { late: 3_600_000, early: 3_600_000 };
const PAGE = { offset: 0, limit: 25 };

let cluster: PostgresCluster;
let client: Client;

beforeAll(async () => {
  cluster = await startPostgresCluster();
  const clock = { now: () => TODAY, setTimer: () => () => undefined };
  const store = createPostgresStore({ url: cluster.url, clock });
  await store.start();
  await store.stop();
  const driver = await loadDriver(parseAddress(cluster.url), 60_000);
  const { client: making } = await driver.connect({ search_path: "capstan" });
  for (let day = 0; day < DAYS; day += 3) await makePartitions(making, { days: 1, now: () => TODAY - day * DAY_MS });
  await making.end();
  client = (await driver.connect({ ...READER_SESSION, search_path: "capstan" })).client;
});
afterAll(async () => {
  await client.end();
  await cluster.dispose();
});

/** The partitions that PostgreSQL would read, by what their names end with. */
async function partitionsOf(sql: string, values: readonly SqlValue[]): Promise<readonly string[]> {
  const { text, values: bound } = numbered(`EXPLAIN (COSTS OFF) ${sql}`, values);
  const { rows } = await client.query<{ "QUERY PLAN": string }>(text, bound);
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  return [...new Set([...plan.matchAll(/ on \w+?_(\d{8}|beyond|default)/g)].map(([, name]) => name!))].toSorted();
}

test("there are a hundred partitions", async () => {
  expect((await partitionsOf("SELECT body FROM executions WHERE state = ?", ["RUNNING"])).length).toBeGreaterThan(100);
});

test.each(["executions", "task_runs", "logs", "metrics"])(
  "what is asked of %s by an id reads one partition",
  async (table) => {
    const column = table === "executions" ? "id" : "execution_id";
    const id = idOf(TODAY - 50 * DAY_MS + 5, 0, 0);
    const sql = `SELECT * FROM ${table} WHERE tenant = ? AND ${column} = ?`;
    expect(await partitionsOf(sql, ["main", id])).toEqual(["20241007"]);
  },
);

test("the newest executions are looked for in the partitions of the last days", async () => {
  const filter = { tenant: "main", startBefore: TODAY - 1 };
  const [since] = windowsOf(filter, PAGE);
  const window = { drift: DRIFT, since };
  const values = [...selectFrom(filter, undefined, window).values, PAGE.limit, PAGE.offset];
  const days = ["20241123", "20241124", "20241125", "20241126"];
  expect(await partitionsOf(executionSearchSql(filter, PAGE, window), values)).toEqual([...days, "beyond"]);
});

test.each([
  { labels: [{ key: "env", value: "prod" }] },
  { states: ["FAILED" as const] },
  { states: ["RUNNING" as const] },
])("the newest executions of the list by %j are looked up in the partitions of the last days", async (more) => {
  const filter = { tenant: "main", startBefore: TODAY - 1, ...more };
  const [since] = windowsOf(filter, PAGE);
  const window = { drift: DRIFT, since };
  const values = [...selectFrom(filter, undefined, window).values, PAGE.limit, PAGE.offset];
  const days = ["20241123", "20241124", "20241125", "20241126"];
  expect(await partitionsOf(executionSearchSql(filter, PAGE, window), values)).toEqual([...days, "beyond"]);
});

test("executions that are named are read from the partitions of their ids", async () => {
  const filter = { tenant: "main", ids: [idOf(TODAY, 1, 1), idOf(TODAY - 50 * DAY_MS, 1, 1)] };
  const values = [...selectFrom(filter, undefined, { drift: DRIFT }).values, PAGE.limit, PAGE.offset];
  const partitions = await partitionsOf(executionSearchSql(filter, PAGE, { drift: DRIFT }), values);
  expect(partitions).toEqual(["20241007", "20241126"]);
});

test("the latest executions of flows are looked for in the partitions of the last days", async () => {
  const since = TODAY + DAY_MS;
  const values = ["{company}", "{f1}", "main", since, idOf(since, 0, 0)];
  expect(await partitionsOf(latestSql(true), values)).toEqual(["20241127", "20241128", "beyond", "default"]);
});

test("statistics read the partitions of their days", async () => {
  const filter = { tenant: "main", startAfter: TODAY - DAY_MS, startBefore: TODAY - 1 };
  const values = ["{1}", "{2}", ...selectFrom(filter, undefined, { drift: DRIFT }).values];
  const partitions = await partitionsOf(executionStatisticsSql(filter, undefined, { drift: DRIFT }), values);
  expect(partitions).toEqual(["20241124", "20241125", "20241126", "beyond"]);
});

test("executions are removed from the partitions between their ids", async () => {
  const { text } = removeOfExecutionsStatement("task_runs");
  const [first, last] = [idOf(TODAY, 1, 1), idOf(TODAY + DAY_MS, 1, 1)];
  const sql = text.replaceAll(/\$\d/g, "?");
  expect(await partitionsOf(sql, ["{main}", `{${first}}`, first, last])).toEqual(["20241126", "20241127"]);
});

test("what has expired is walked along the indexes of the partitions that can have it, without sorting", async () => {
  const after = { tenant: "main", id: "x", namespace: "", flowId: "", startDate: TODAY - 50 * DAY_MS, endDate: 0 };
  const expiry = [{ namespacePrefix: "audit" }, { endBefore: TODAY - 49 * DAY_MS }];
  const { sql, values } = expiredSql("main", expiry, DRIFT, after);
  const { text, values: bound } = numbered(`EXPLAIN (COSTS OFF) ${sql}`, [...values, 200]);
  const { rows } = await client.query<{ "QUERY PLAN": string }>(text, bound);
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(await partitionsOf(sql, [...values, 200])).toEqual(["20241006", "20241007", "20241008", "beyond"]);
  expect(plan).not.toMatch(/-> +(?:Incremental )?Sort|Seq Scan/);
});

test("the extent of executions is read from the partitions between their ids", async () => {
  const [first, last] = [idOf(TODAY - DAY_MS, 1, 1), idOf(TODAY, 1, 1)];
  const bounds = [first, last];
  const values = [...bounds, ...bounds, ...bounds, "{main}", `{${first}}`, ...bounds];
  expect(await partitionsOf(EXTENTS_SQL, values)).toEqual(["20241125", "20241126"]);
});

test.each([
  [{}, [2, 16, undefined]],
  [{ startAfter: TODAY - 3 * DAY_MS }, [2, undefined]],
  [{ labels: [{ key: "env", value: "prod" }] }, [2, 16, undefined]],
  [{ labels: [{ key: "system.correlationId", value: "e1" }] }, [undefined]],
  [{ parentExecutionId: "e1" }, [undefined]],
])("a page by %j is looked for in windows of so many days: %j", (filter, days) => {
  const windows = windowsOf({ tenant: "main", startBefore: TODAY, ...filter }, PAGE);
  expect(windows).toEqual(days.map((count) => (count === undefined ? undefined : TODAY - count * DAY_MS)));
});

test("a list in another order is read whole", () => {
  expect(windowsOf({ tenant: "main" }, { ...PAGE, sort: [{ key: "endDate", descending: true }] })).toEqual([undefined]);
});
