import { expect, onTestFinished, test } from "vitest";
import { execution } from "../../conformance/fixtures.ts";
import { EXPIRING_IDEMPOTENCY_KEYS } from "../../sql/idempotency-keys.ts";
import { sliceEndSql } from "../../sql/log-filter.ts";
import type { ExecutionFilter, Expiry, LogFilter, MetricFilter } from "../../store.ts";
import { SQLITE } from "./dialect.ts";
import { openDatabase, type Database } from "./driver.ts";
import { readMigrations } from "../../sql/migrations.ts";
import { migrate } from "./migrations.ts";
import { countByFlowSql, executionSearchSql, LATEST_SQL, listByStateSql } from "./queries/executions.ts";
import { executionStatisticsSql } from "./queries/execution-statistics.ts";
import { expiredSql } from "./queries/expiry.ts";
import { batchSql, selectFrom as selectLogs } from "./queries/logs.ts";
import { UNAPPLIED_SQL, WITH_TRIGGER_SQL } from "./queries/flows.ts";
import { metricSearchSql } from "./queries/metrics.ts";
import { NEXT_WAKE_SQL, TO_WAKE_SQL } from "./queries/triggers.ts";
import { STATEMENTS } from "./statements.ts";

const PAGE = { offset: 0, limit: 25 };

function setup(): Database {
  const database = openDatabase(":memory:", { busyTimeoutMs: 0 });
  onTestFinished(() => database.close());
  migrate(database, readMigrations(new URL("./migrations/", import.meta.url)));
  return database;
}

/** How SQLite would run it, one step a line. */
function planOf(database: Database, sql: string): readonly string[] {
  return database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map((step) => step.detail);
}

const EXECUTIONS: readonly (readonly [Omit<ExecutionFilter, "tenant">, string])[] = [
  [{}, "INDEX executions_by_start (tenant=?)"],
  [{ startAfter: 1, startBefore: 2 }, "INDEX executions_by_start (tenant=? AND start_date>? AND start_date<?)"],
  [{ endBefore: 2 }, "INDEX executions_by_start (tenant=? AND start_date<?)"],
  [{ kinds: ["NORMAL"] }, "INDEX executions_by_start (tenant=?)"],
  [{ states: ["SUCCESS"] }, "INDEX executions_by_start (tenant=?)"],
  [{ states: ["FAILED", "KILLED"] }, "INDEX executions_unhappy (tenant=?)"],
  [{ states: ["FAILED"], startAfter: 1 }, "INDEX executions_unhappy (tenant=? AND start_date>?)"],
  [{ states: ["RUNNING", "PAUSED"] }, "INDEX executions_live"],
  [{ namespace: "a", flowId: "b" }, "INDEX executions_by_flow (tenant=? AND namespace=? AND flow_id=?)"],
  [
    { namespace: "a", flowId: "b", startAfter: 1 },
    "INDEX executions_by_flow (tenant=? AND namespace=? AND flow_id=? AND start_date>?)",
  ],
  [{ namespace: "a" }, "INDEX executions_by_flow (tenant=? AND namespace=?)"],
  [{ namespacePrefix: "a" }, "INDEX executions_by_flow (tenant=? AND namespace>? AND namespace<?)"],
  [{ flowId: "b" }, "INDEX executions_by_flow (tenant=?)"],
  [{ texts: [{ field: "namespace", operator: "CONTAINS", values: ["a"] }] }, "INDEX executions_by_flow (tenant=?)"],
  [
    { texts: [{ field: "namespace", operator: "WITHIN", values: ["system"], negated: true }] },
    "INDEX executions_by_start (tenant=?)",
  ],
  [{ query: "b" }, "INDEX executions_by_flow (tenant=?)"],
  [{ parentExecutionId: "p" }, "INDEX executions_by_parent (tenant=? AND parent_execution_id=?)"],
  [{ triggerExecutionId: "p" }, "INDEX executions_by_trigger (tenant=? AND trigger_execution_id=?)"],
  [{ labels: [{ key: "system.correlationId", value: "b" }] }, "PRIMARY KEY (tenant=? AND id=?)"],
];

test.each(EXECUTIONS)("executions by %j walk along an index", (filter, expected) => {
  const plan = planOf(setup(), executionSearchSql({ tenant: "main", ...filter }, PAGE));
  expect(plan[0]).toContain(`executions USING`);
  expect(plan[0]).toContain(expected);
  expect(plan.filter((step) => /^SCAN (?:executions|execution_labels)\b(?! USING)/.test(step))).toEqual([]);
});

const SORTED: readonly Omit<ExecutionFilter, "tenant">[] = [
  {},
  { startAfter: 1 },
  { namespace: "a", flowId: "b" },
  { states: ["FAILED"] },
  { parentExecutionId: "p" },
  { triggerExecutionId: "p", states: ["FAILED"] },
];

test.each(SORTED)("a page of the newest executions by %j needs no sorting", (filter) => {
  const plan = planOf(setup(), executionSearchSql({ tenant: "main", ...filter }, PAGE));
  expect(plan.join("\n")).not.toContain("TEMP B-TREE");
});

const AFTER = execution("e");

test.each<readonly [Omit<ExecutionFilter, "tenant">, string]>([
  [{}, "INDEX executions_by_start (tenant=? AND (start_date,id)<(?,?))"],
  [{ namespacePrefix: "a" }, "INDEX executions_by_start (tenant=? AND (start_date,id)<(?,?))"],
  [{ query: "b", states: ["SUCCESS"] }, "INDEX executions_by_start (tenant=? AND (start_date,id)<(?,?))"],
  [
    { namespace: "a", flowId: "b" },
    "INDEX executions_by_flow (tenant=? AND namespace=? AND flow_id=? AND (start_date,id)<(?,?))",
  ],
  [{ states: ["FAILED"] }, "INDEX executions_unhappy (tenant=? AND (start_date,id)<(?,?))"],
  [
    { parentExecutionId: "p", states: ["RUNNING"] },
    "INDEX executions_by_parent (tenant=? AND parent_execution_id=? AND (start_date,id)<(?,?))",
  ],
  [
    { triggerExecutionId: "p" },
    "INDEX executions_by_trigger (tenant=? AND trigger_execution_id=? AND (start_date,id)<(?,?))",
  ],
])("executions by %j that go on behind one are read from there, without sorting", (filter, expected) => {
  const plan = planOf(setup(), executionSearchSql({ tenant: "main", ...filter }, { ...PAGE, after: AFTER }));
  expect(plan[0]).toContain(expected);
  expect(plan.join("\n")).not.toContain("TEMP B-TREE");
});

const LABEL = { key: "a", value: "b" };
const OF_LABEL = "SEARCH execution_labels USING PRIMARY KEY (of_tenant=? AND key=? AND value=?";

test.each<readonly [Omit<ExecutionFilter, "tenant">, string]>([
  [{}, `${OF_LABEL})`],
  [{ startAfter: 1 }, `${OF_LABEL} AND of_start>?)`],
  [{ states: ["FAILED"], namespace: "a" }, `${OF_LABEL})`],
  [{ parentExecutionId: "p" }, `${OF_LABEL})`],
])("a page of the newest executions by a label and %j walks along the label, without sorting", (filter, expected) => {
  const labelled = { tenant: "main", labels: [LABEL], ...filter };
  const first = planOf(setup(), executionSearchSql(labelled, PAGE));
  const next = planOf(setup(), executionSearchSql({ tenant: "main", labels: [LABEL] }, { ...PAGE, after: AFTER }));
  expect(first.slice(0, 2)).toEqual([expected, "SEARCH executions USING PRIMARY KEY (tenant=? AND id=?)"]);
  expect(next[0]).toBe(`${OF_LABEL} AND (of_start,of_id)<(?,?))`);
  expect([...first, ...next].join("\n")).not.toContain("TEMP B-TREE");
});

test("a second label is looked up for each execution of the first", () => {
  const labels = [LABEL, { key: "c", value: "d" }];
  const plan = planOf(setup(), executionSearchSql({ tenant: "main", labels }, PAGE));
  expect(plan[0]).toBe(`${OF_LABEL})`);
  expect(plan.at(-1)).toBe(
    "SEARCH other USING PRIMARY KEY (of_tenant=? AND key=? AND value=? AND of_start=? AND of_id=?)",
  );
});

test("the lines of an execution that go on behind one are read from there, without sorting", () => {
  const place = { time: 1, sequence: 1, openSince: 1 };
  const plan = planOf(setup(), batchSql({ tenant: "main", executionId: "e" }, false, place));
  expect(plan).toEqual(["SEARCH logs USING PRIMARY KEY (tenant=? AND execution_id=? AND first_time>?)"]);
});

const LOGS: readonly (readonly [Omit<LogFilter, "tenant">, string])[] = [
  [{}, "INDEX logs_by_time (tenant=?)"],
  [{ after: 1, minimumLevel: "WARN" }, "INDEX logs_by_time (tenant=? AND last_time>?)"],
  [{ namespace: "a" }, "INDEX logs_by_time (tenant=?)"],
  [{ executionId: "e" }, "PRIMARY KEY (tenant=? AND execution_id=?)"],
  [{ executionId: "e", taskRunId: "r", query: "x" }, "PRIMARY KEY (tenant=? AND execution_id=?)"],
  [
    { namespace: "a", flowId: "b", triggerId: "t" },
    "INDEX logs_by_trigger (tenant=? AND namespace=? AND flow_id=? AND trigger_id=?)",
  ],
];

test.each(LOGS)("logs by %j walk along an index, without sorting", (filter, expected) => {
  for (const descending of [true, false]) {
    const plan = planOf(setup(), batchSql({ tenant: "main", ...filter }, descending));
    expect(plan).toHaveLength(1);
    expect(plan[0]).toMatch(/^SEARCH logs USING /);
    expect(plan[0]).toContain(expected);
  }
});

const METRICS: readonly (readonly [Omit<MetricFilter, "tenant">, string])[] = [
  [{ executionId: "e", taskRunId: "r" }, "PRIMARY KEY (tenant=? AND execution_id=?)"],
  [{ namespace: "a", flowId: "b", name: "c" }, "INDEX metrics_by_flow (tenant=? AND namespace=? AND flow_id=?)"],
  [{}, "INDEX metrics_by_flow (tenant=?)"],
];

test.each(METRICS)("metrics by %j walk along an index", (filter, expected) => {
  const plan = planOf(setup(), metricSearchSql({ tenant: "main", ...filter }, PAGE));
  expect(plan[0]).toContain(`SEARCH metrics USING ${expected}`);
});

const STATISTICS: readonly (readonly [Omit<ExecutionFilter, "tenant">, string])[] = [
  [{}, "INDEX executions_by_start (tenant=? AND start_date>? AND start_date<?)"],
  [
    { namespace: "a", flowId: "b" },
    "INDEX executions_by_flow (tenant=? AND namespace=? AND flow_id=? AND start_date>? AND start_date<?)",
  ],
  [{ states: ["FAILED"] }, "INDEX executions_unhappy (tenant=? AND start_date>? AND start_date<?)"],
];

test.each(STATISTICS)("each part of the statistics of %j is a walk along an index", (filter, expected) => {
  const plan = planOf(setup(), executionStatisticsSql({ tenant: "main", ...filter }, "FLOW"));
  expect(plan[1]).toBe(`SEARCH executions USING ${expected}`);
});

const OTHERS: readonly (readonly [string, string, string])[] = [
  [
    "live executions of a flow",
    countByFlowSql(["RUNNING"]),
    "SEARCH executions USING COVERING INDEX executions_live_by_flow (tenant=? AND namespace=? AND flow_id=? AND state=? AND end_date=?)",
  ],
  [
    "ended executions of a flow",
    countByFlowSql(["SUCCESS"]),
    "SEARCH executions USING INDEX executions_by_flow (tenant=? AND namespace=? AND flow_id=?)",
  ],
  [
    "the latest execution of a flow",
    LATEST_SQL,
    "SEARCH executions USING INDEX executions_by_flow (tenant=? AND namespace=? AND flow_id=?)",
  ],
  ["live executions by age", listByStateSql(["RUNNING"], false), "SCAN executions USING INDEX executions_live"],
  [
    "live executions by age, continued",
    listByStateSql(["RUNNING"], true),
    "SEARCH executions USING INDEX executions_live ((start_date,tenant,id)>(?,?,?))",
  ],
  [
    "idempotency keys by their end",
    EXPIRING_IDEMPOTENCY_KEYS,
    "SCAN idempotency_keys USING INDEX idempotency_keys_by_expiry",
  ],
];

test.each(OTHERS)("%s are found through their index, in its order", (_, sql, expected) => {
  const plan = planOf(setup(), sql);
  expect(plan[0]).toBe(expected);
  expect(plan.join("\n")).not.toContain("ORDER BY");
});

test("no statement of a commit scans a table", () => {
  const database = setup();
  for (const [name, sql] of Object.entries(STATEMENTS)) {
    const scans = planOf(database, sql).filter((step) => /^SCAN (?!CONSTANT ROW)/.test(step));
    expect(scans, name).toEqual([]);
  }
});

test("taking away old labels touches only their rows", () => {
  const plan = planOf(
    setup(),
    `DELETE FROM execution_labels WHERE of_tenant = ? AND of_start = ? AND of_id = ?
       AND (key, value) IN (SELECT value ->> 'key', value ->> 'value' FROM json_each(?))`,
  );
  expect(plan[0]).toContain("PRIMARY KEY (of_tenant=? AND key=? AND value=? AND of_start=? AND of_id=?)");
});

test.each([
  ["triggers to wake", TO_WAKE_SQL, "SEARCH triggers USING INDEX triggers_to_wake ((wake_at,"],
  ["the next wake", NEXT_WAKE_SQL, "SEARCH triggers USING COVERING INDEX triggers_to_wake (wake_at>?)"],
  ["unapplied flows", UNAPPLIED_SQL, "SEARCH flows USING COVERING INDEX flows_unapplied ((tenant,"],
  [
    "flows with a type of trigger",
    WITH_TRIGGER_SQL,
    "SEARCH flows USING INDEX flows_by_trigger_types (trigger_types=?)",
  ],
])("%s walk along an index", (_what, sql, expected) => {
  const plan = planOf(setup(), sql);
  expect(plan.join("\n")).toContain(expected);
  expect(plan.filter((step) => /^SCAN (?:flows|triggers)/.test(step))).toEqual([]);
});

const LAST = { tenant: "main", id: "e1", namespace: "a", flowId: "f", startDate: 1, endDate: 2 };

test.each<readonly [Expiry, string]>([
  [[{ endBefore: 9 }], "executions_by_start (tenant=? AND (start_date,id)>(?,?)"],
  [[{ namespacePrefix: "audit" }, { endBefore: 9 }], "executions_by_start (tenant=? AND (start_date,id)>(?,?)"],
  [
    [{ namespace: "a", flowId: "f", endBefore: 9 }],
    "executions_by_flow (tenant=? AND namespace=? AND flow_id=? AND (start_date,id)>(?,?)",
  ],
])("what has expired by %j is walked along an index, from behind the last, without sorting", (expiry, expected) => {
  const plan = planOf(setup(), expiredSql("main", expiry, LAST).sql);
  expect(plan[0]).toContain(expected);
  expect(plan.filter((step) => step.includes("TEMP B-TREE"))).toEqual([]);
});

test("a slice of old logs is read from the index alone, without sorting", () => {
  const filter = { tenant: "main", before: 9 };
  const plan = planOf(setup(), sliceEndSql(SQLITE, selectLogs(filter), filter)!.sql);
  expect(plan.join("\n")).toContain("COVERING INDEX logs_by_time (tenant=? AND last_time<?)");
  expect(plan.filter((step) => step.includes("TEMP B-TREE"))).toEqual([]);
});
