import type { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { execution, T0 } from "../../conformance/fixtures.ts";
import type { SqlValue } from "../../sql/dialect.ts";
import { EXPIRING_IDEMPOTENCY_KEYS } from "../../sql/idempotency-keys.ts";
import type { ExecutionFilter, LogFilter, MetricFilter } from "../../store.ts";
import { parseAddress } from "./address.ts";
import { loadDriver, numbered } from "./driver.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { executionStatisticsSql } from "./queries/execution-statistics.ts";
import {
  countByFlowSql,
  executionSearchSql,
  latestSql,
  listByStateSql,
  selectFrom,
  WHOLE_SQL,
  WHOLE_TASK_RUNS_SQL,
} from "./queries/executions.ts";
import { UNAPPLIED_SQL, WITH_TRIGGER_SQL } from "./queries/flows.ts";
import { batchSql, selectFrom as selectLogs } from "./queries/logs.ts";
import { metricSearchSql, selectFrom as selectMetrics } from "./queries/metrics.ts";
import { NEXT_WAKE_SQL, TO_WAKE_SQL } from "./queries/triggers.ts";
import { READER_SESSION } from "./reader.ts";
import {
  APPLY_FLOWS,
  EXECUTION_TABLES,
  type ExecutionTable,
  putStatement,
  REMOVE_LABELS,
  removeOfExecutionsStatement,
  removeStatement,
  type Statement,
  TABLE_NAMES,
} from "./tables.ts";
import { type PostgresCluster, startPostgresCluster } from "./testing/cluster.ts";
import { WRITER_SESSION } from "./writer-connection.ts";

const PAGE = { offset: 0, limit: 25 };
const AFTER = execution("e19000", { start: T0 + 19_000 });

/** Enough rows that a walk over a table is the worst way, and some that a list by state is about. */
const FILL = `
  INSERT INTO executions SELECT 'main', 'e' || n, 'company.n' || n % 10, 'f' || n % 7, ${T0} + n, 0,
    CASE WHEN n % 50 = 0 THEN 'e' || n / 100 END, CASE WHEN n % 50 = 1 THEN 'e' || n - 1 END,
    CASE n % 100 WHEN 0 THEN 'FAILED' WHEN 1 THEN 'RUNNING' WHEN 2 THEN 'WARNING' WHEN 3 THEN 'KILLED' ELSE 'SUCCESS' END,
    CASE WHEN n % 100 <> 1 THEN ${T0} + n + 5 END, NULL, repeat('body ', 60) FROM generate_series(1, 20000) AS n;
  INSERT INTO live_executions SELECT tenant, id, namespace, flow_id, start_date, state FROM executions WHERE end_date IS NULL;
  INSERT INTO unhappy_executions SELECT tenant, id, start_date, state, namespace, flow_id FROM executions
    WHERE state IN ('FAILED', 'WARNING', 'KILLED');
  INSERT INTO execution_labels SELECT tenant, 'team', 't' || start_date % 1000, start_date, id FROM executions;
  INSERT INTO execution_labels SELECT tenant, 'env', 'prod', start_date, id FROM executions;
  INSERT INTO logs SELECT 'main', 'e' || n % 5000, ${T0} + n, n, 'company.n' || n % 10, 'f' || n % 7,
    CASE WHEN n % 100 = 0 THEN 'poll' END, 't', 'r', 0, 0, ${T0} + n,
    CASE WHEN n % 40 = 0 THEN 4 WHEN n % 20 = 0 THEN 3 ELSE 2 END, 2, 1, '[]' FROM generate_series(1, 20000) AS n;
  INSERT INTO metrics SELECT 'main', 'e' || n % 5000, n, 'company.n' || n % 10, 'f' || n % 7, 't', 'r', ${T0} + n, '[]'
    FROM generate_series(1, 20000) AS n;
  INSERT INTO flows SELECT 'main', 'company.n' || n % 10, 'f' || n, 1, 0, ARRAY['type' || n % 50], ${T0}, '{}', '{}',
    CASE WHEN n % 1000 = 0 THEN 1 ELSE 0 END FROM generate_series(1, 20000) AS n;
  INSERT INTO triggers SELECT 'main', 'company', 'f' || n, 't', ${T0} + n, ${T0} + n, NULL, NULL, 0, '{}'
    FROM generate_series(1, 20000) AS n;
  INSERT INTO idempotency_keys SELECT 'main', 'k' || n, ${T0}, ${T0} + n, '{}' FROM generate_series(1, 20000) AS n;
  ANALYZE;`;

let cluster: PostgresCluster;
let reading: Client;
let writing: Client;
let indexes: ReadonlyMap<string, string>;

beforeAll(async () => {
  cluster = await startPostgresCluster();
  // The one for writing plans while its tables are empty.
  for (const schema of ["capstan", "empty"]) {
    const store = createPostgresStore({ url: cluster.url, schema });
    await store.start();
    await store.stop();
  }
  await cluster.query(FILL);
  const driver = await loadDriver(parseAddress(cluster.url), 60_000);
  reading = (await driver.connect({ ...READER_SESSION, search_path: "capstan" })).client;
  indexes = await readIndexes();
  writing = (await driver.connect({ ...WRITER_SESSION, search_path: "empty" })).client;
});
afterAll(async () => {
  await Promise.all([reading.end(), writing.end()]);
  await cluster.dispose();
});

/** How PostgreSQL would run it, in words: indexes of partitions are named as that of their table. */
async function planOf(sql: string, values: readonly SqlValue[]): Promise<string> {
  const { text, values: bound } = numbered(`EXPLAIN (COSTS OFF) ${sql}`, values);
  const { rows } = await reading.query<{ "QUERY PLAN": string }>(text, bound);
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  return plan.replaceAll(/(?<=using |Scan on )\w+/g, (name) => indexes.get(name) ?? name);
}

/** The index of a table that each index of a partition belongs to. */
async function readIndexes(): Promise<ReadonlyMap<string, string>> {
  const { rows } = await reading.query<{ part: string; whole: string }>(
    `SELECT parts.relname AS part, wholes.relname AS whole FROM pg_inherits
      JOIN pg_class AS parts ON parts.oid = inhrelid JOIN pg_class AS wholes ON wholes.oid = inhparent
      WHERE parts.relkind = 'i'`,
  );
  return new Map(rows.map(({ part, whole }) => [part, whole]));
}

/** How it would walk over the rows. */
function walkPlanOf(sql: string, values: readonly SqlValue[]): Promise<string> {
  return planOf(`DECLARE walk CURSOR FOR ${sql}`, values);
}

/** As a step: a merge of partitions has a `Sort Key` as well. */
const SORT = /-> +(?:Incremental )?Sort/;
const SCAN = /Seq Scan on (?:executions|live|unhappy|logs|metrics|flows|triggers|task_runs)/;

type Case<Filter> = readonly [Omit<Filter, "tenant">, string];

test.each<Case<ExecutionFilter>>([
  [{}, "Index Scan Backward using executions_by_start"],
  [{ startAfter: T0, startBefore: T0 + 100 }, "Index Scan Backward using executions_by_start"],
  [{ endBefore: T0 + 100 }, "Index Scan Backward using executions_by_start"],
  [{ kinds: ["NORMAL"] }, "Index Scan Backward using executions_by_start"],
  [{ states: ["SUCCESS"] }, "Index Scan Backward using executions_by_start"],
  [{ states: ["FAILED", "KILLED"] }, "unhappy_executions_by_start"],
  [{ states: ["FAILED"], startAfter: T0 + 10 }, "unhappy_executions_by_state"],
  [{ states: ["FAILED"], namespace: "company.n1", flowId: "f1" }, "unhappy_executions_by_flow"],
  [{ kinds: ["TEST"] }, "executions_of_other_kinds"],
  [{ namespace: "company.n1", flowId: "f1" }, "Index Scan Backward using executions_by_flow"],
  [{ namespace: "company.n1", flowId: "f1", startAfter: T0 }, "Index Scan Backward using executions_by_flow"],
])("a page of the newest executions by %j walks along an index, without sorting", async (filter, expected) => {
  const whole = { tenant: "main", ...filter };
  const plan = await planOf(executionSearchSql(whole, PAGE), [...selectFrom(whole).values, PAGE.limit, PAGE.offset]);
  expect(plan).toContain(expected);
  expect(plan).not.toMatch(SCAN);
  expect(plan).not.toMatch(SORT);
});

test.each<Case<ExecutionFilter>>([
  [{ states: ["RUNNING", "PAUSED"] }, "live_executions"],
  [{ parentExecutionId: "e1" }, "executions_by_parent"],
  [{ triggerExecutionId: "e50" }, "executions_by_trigger"],
  [{ labels: [{ key: "team", value: "t5" }] }, "execution_labels_pkey"],
  [{ labels: [{ key: "system.correlationId", value: "e5" }] }, "executions_pkey"],
])("executions by %j are found through an index", async (filter, expected) => {
  const whole = { tenant: "main", ...filter };
  const plan = await planOf(executionSearchSql(whole, PAGE), [...selectFrom(whole).values, PAGE.limit, PAGE.offset]);
  expect(plan).toContain(expected);
  expect(plan).not.toMatch(/Seq Scan on (?:executions|execution_labels)/);
});

test.each<Case<ExecutionFilter>>([
  [{}, "executions_by_start"],
  [{ namespacePrefix: "company" }, "executions_by_start"],
  [{ query: "f", states: ["SUCCESS"] }, "executions_by_start"],
  [{ namespace: "company.n1", flowId: "f1" }, "executions_by_flow"],
  [{ states: ["FAILED"] }, "unhappy_executions_by_state"],
])("executions by %j that go on behind one are read from there, without sorting", async (filter, expected) => {
  const whole = { tenant: "main", ...filter };
  const page = { ...PAGE, after: AFTER };
  const values = [...selectFrom(whole, AFTER).values, PAGE.limit, PAGE.offset];
  const plan = await planOf(executionSearchSql(whole, page), values);
  expect(plan).toMatch(new RegExp(String.raw`using ${expected}[^\n]*(?:\n[^\n]*)?Index Cond: [^\n]*ROW\(`));
  expect(plan).not.toMatch(SORT);
});

test.each<Case<ExecutionFilter>>([
  [{}, "env"],
  [{ startAfter: T0 + 10, states: ["FAILED"], namespace: "company.n1" }, "env"],
  // What the estimate makes of them is wrong.
  [{ labels: [{ key: "nobody", value: "has it" }] }, "nobody"],
])("executions by labels and %j are read along the first label", async (filter, key) => {
  const whole = { tenant: "main", ...filter, labels: [...(filter.labels ?? []), { key: "env", value: "prod" }] };
  for (const after of [undefined, AFTER]) {
    const values = [...selectFrom(whole, after).values, PAGE.limit, PAGE.offset];
    const page = { ...PAGE, ...(after === undefined ? {} : { after }) };
    const plan = await planOf(executionSearchSql(whole, page), values);
    expect(plan).toMatch(/Index (?:Only )?Scan(?: Backward)? using execution_labels_pkey on execution_labels\w* /);
    expect(plan).toContain(`(key = '${key}'::text)`);
    expect(plan).not.toContain("executions_by_start");
    if (key !== "env") continue;
    expect(plan).toMatch(/Scan Backward using execution_labels_pkey on execution_labels\w* /);
    expect(plan).not.toMatch(SORT);
    if (after !== undefined) expect(plan).toMatch(/Index Cond: .*ROW\(of_start, of_id\)/);
  }
});

test("each part of the statistics is a walk along an index", async () => {
  const filter = { tenant: "main" };
  const values = ["{1,2}", "{2,3}", ...selectFrom(filter).values];
  const plan = await planOf(executionStatisticsSql(filter, "FLOW"), values);
  expect(plan).toContain("executions_by_start");
  expect(plan).not.toMatch(SCAN);
});

test.each<Case<LogFilter>>([
  [{}, "logs_by_time"],
  [{ after: T0 + 1, minimumLevel: "INFO" }, "logs_by_time"],
  [{ after: T0 + 1, minimumLevel: "WARN" }, "logs_of_trouble"],
  [{ levels: ["ERROR"] }, "logs_of_trouble"],
  [{ flowId: "f1" }, "logs_by_flow"],
  [{ namespace: "company.n1", flowId: "f1", minimumLevel: "INFO" }, "logs_by_flow"],
  [{ executionId: "e5" }, "logs_pkey"],
  [{ namespace: "company.n0", flowId: "f1", triggerId: "poll" }, "logs_by_trigger"],
])("logs by %j walk along an index, without sorting", async (filter, expected) => {
  const whole = { tenant: "main", ...filter };
  for (const descending of [true, false]) {
    const plan = await walkPlanOf(batchSql(whole, descending), selectLogs(whole).values);
    expect(plan).toContain(`Index Scan${descending ? " Backward" : ""} using ${expected}`);
    expect(plan).not.toMatch(SCAN);
    expect(plan).not.toMatch(SORT);
  }
});

test("lines until an instant are walked from there", async () => {
  const filter = { tenant: "main", before: T0 + 100 };
  const plan = await walkPlanOf(batchSql(filter, true), selectLogs(filter).values);
  expect(plan).toMatch(/Scan Backward using logs_by_time[^\n]*\n *Index Cond: [^\n]*last_time <= /);
});

test("the lines of an execution that go on behind one are read from there, without sorting", async () => {
  const filter = { tenant: "main", executionId: "e5" };
  const place = { time: T0, sequence: 1, openSince: T0 };
  const plan = await walkPlanOf(batchSql(filter, false, place), selectLogs(filter, place).values);
  expect(plan).toContain("Index Scan using logs_pkey");
  expect(plan).toMatch(/Index Cond: .*first_time/);
});

test.each<Case<MetricFilter>>([
  [{ executionId: "e5", taskRunId: "r" }, "metrics_pkey"],
  [{ namespace: "company.n1", flowId: "f1", name: "rows" }, "metrics_by_flow"],
])("metrics by %j are found through an index", async (filter, expected) => {
  const whole = { tenant: "main", ...filter };
  const plan = await planOf(metricSearchSql(whole, PAGE), [...selectMetrics(whole).values, PAGE.limit, PAGE.offset]);
  expect(plan).toContain(expected);
  expect(plan).not.toMatch(SCAN);
});

test.each<readonly [string, string, readonly SqlValue[], string]>([
  [
    "live executions of a flow",
    countByFlowSql(["RUNNING"]),
    ["main", "company.n1", "f1", "{RUNNING}"],
    "live_executions",
  ],
  [
    "ended executions of a flow",
    countByFlowSql(["SUCCESS"]),
    ["main", "company.n1", "f1", "{SUCCESS}"],
    "executions_by_flow",
  ],
  [
    "latest executions of flows",
    latestSql(false),
    ["{company.n1}", "{f1}", "main"],
    "Index Scan Backward using executions_by_flow",
  ],
  [
    "live executions by age, continued",
    listByStateSql(["RUNNING"], true),
    ["{RUNNING}", T0 + 500, "main", "e500", 10],
    "live_executions_by_start",
  ],
  ["whole executions", WHOLE_SQL, ['["e1","e2"]', "main", "e1", "e2"], "executions_pkey"],
  ["task runs of whole executions", WHOLE_TASK_RUNS_SQL, ['["e1","e2"]', "main", "e1", "e2"], "task_runs_pkey"],
  ["triggers to wake", TO_WAKE_SQL, [T0 + 10, T0, "", "", "", "", 10], "triggers_to_wake"],
  ["the next wake", NEXT_WAKE_SQL, [T0], "triggers_to_wake"],
  ["unapplied flows", UNAPPLIED_SQL, ["", "", "", 10], "flows_unapplied"],
  ["flows with a type of trigger", WITH_TRIGGER_SQL, ["type5"], "flows_by_trigger_types"],
  ["idempotency keys by their end", EXPIRING_IDEMPOTENCY_KEYS, [10], "idempotency_keys_by_expiry"],
])("%s are found through their index", async (_what, sql, values, expected) => {
  const plan = await planOf(sql, values);
  expect(plan).toContain(expected);
  expect(plan).not.toMatch(/Seq Scan on (?:executions|logs|metrics|flows|triggers|idempotency_keys)\b/);
});

const COMMITS: readonly Statement[] = [
  ...TABLE_NAMES.map(putStatement),
  ...TABLE_NAMES.map(removeStatement),
  ...(Object.keys(EXECUTION_TABLES) as ExecutionTable[]).map(removeOfExecutionsStatement),
  APPLY_FLOWS,
  REMOVE_LABELS,
];

test.each(COMMITS)("the statement $name of commits, planned on empty tables, walks over none", async (statement) => {
  const { name, text, types, bounds } = statement;
  await writing.query(`PREPARE planned AS ${text}`);
  try {
    const nothing = [...types.map(() => "'{}'"), ...(bounds === undefined ? [] : ["''", "'zz'"])].join(", ");
    const { rows } = await writing.query<{ "QUERY PLAN": string }>(`EXPLAIN (COSTS OFF) EXECUTE planned (${nothing})`);
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan, name).not.toContain("Seq Scan");
    expect(plan, name).not.toMatch(/Hash|Merge/);
  } finally {
    await writing.query("DEALLOCATE planned");
  }
});
