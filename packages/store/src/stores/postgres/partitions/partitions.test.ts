import { idOf } from "@capstan/engine";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { execution, FIRST_PAGE, line, logBatch, metric, taskRun, TENANT } from "../../../conformance/fixtures.ts";
import { createPostgresStore } from "../postgres-store.ts";
import { type PostgresCluster, startPostgresCluster } from "../testing/cluster.ts";
import { DAY_MS } from "../../../days.ts";
import { idsOf, PARTITIONED } from "./spans.ts";

const NOON = Date.UTC(2026, 10, 26, 12);

let cluster: PostgresCluster;
let schemas = 0;

beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

/** A clock in the test's hands, which tells what waits for it. */
function createClock() {
  let now = NOON;
  let timer: { readonly at: number; readonly callback: () => void } | undefined;
  let armed = Promise.withResolvers<number>();
  return {
    now: () => now,
    setTimer: (at: number, callback: () => void) => {
      timer = { at, callback };
      armed.resolve(at);
      return () => (timer = undefined);
    },
    /** Resolves with the time of the next timer once it is set. */
    nextTimer: () => armed.promise,
    ring: () => {
      const due = timer!;
      armed = Promise.withResolvers();
      now = due.at;
      due.callback();
    },
    set: (time: number) => (now = time),
  };
}

async function setup(options: { readonly partitionDays?: number } = {}) {
  const schema = `test_${(schemas += 1)}`;
  const clock = createClock();
  const open = (changed: typeof options = options) =>
    createPostgresStore({ url: cluster.url, schema, clock, ...options, ...changed });
  const store = open();
  await store.start();
  onTestFinished(() => store.stop());
  const partitions = async (table = "executions") => {
    const sql = `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = '${schema}.${table}'::regclass`;
    const rows = await cluster.query<{ name: string }>(sql);
    return rows.map(({ name }) => name.replace(`${schema}.${table}_`, "")).toSorted();
  };
  const rowsOf = async (table: string) =>
    (await cluster.query<{ id: string }>(`SELECT id FROM ${schema}.executions_${table} ORDER BY id`)).map(
      ({ id }) => id,
    );
  return { store, schema, clock, open, partitions, rowsOf };
}

const at = (time: number, number = 0): string => idOf(time, number, 0);

test("a start makes partitions of every table for three days, and another start makes no more", async () => {
  const { store, open, partitions } = await setup();
  const days = ["20261126", "20261127", "20261128", "beyond", "default"];
  for (const { table } of PARTITIONED) expect(await partitions(table)).toEqual(expect.arrayContaining(days));
  await store.stop();
  const again = open();
  await again.start();
  await again.stop();
  expect(await partitions()).toEqual(days);
});

test("at the beginning of each day the partitions of one more are made", async () => {
  const { clock, partitions } = await setup();
  expect(await clock.nextTimer()).toBe(Date.UTC(2026, 10, 27));
  clock.ring();
  expect(await clock.nextTimer()).toBe(Date.UTC(2026, 10, 28));
  expect(await partitions()).toEqual(["20261126", "20261127", "20261128", "20261129", "beyond", "default"]);
});

test("what can't be made because somebody reads for long is made a minute later, and commits go on", async () => {
  const { store, schema, clock, partitions } = await setup();
  await clock.nextTimer();
  const reader = new pg.Client({
    host: new URL(cluster.url).searchParams.get("host")!,
    user: "capstan",
    database: "postgres",
  });
  await reader.connect();
  await reader.query(`BEGIN; SELECT count(*) FROM ${schema}.logs`);
  clock.ring();
  const retry = await clock.nextTimer();
  expect(retry).toBe(Date.UTC(2026, 10, 27) + 60_000);
  expect(await partitions()).toHaveLength(5);
  await store.commit({ executions: [execution(at(clock.now()), { start: clock.now() })] });
  await reader.query("ROLLBACK");
  await reader.end();
  clock.ring();
  await clock.nextTimer();
  expect(await partitions()).toHaveLength(6);
});

test("an execution lies in the partitions of the day in its id, and every other one is taken as well", async () => {
  const { store, rowsOf, clock } = await setup();
  // Who cares for the partitions would give the others one of their own.
  await clock.nextTimer();
  const ids = {
    "20261126": at(NOON),
    "20261127": at(Date.UTC(2026, 10, 27)),
    default: at(Date.UTC(2030, 0, 1)),
    beyond: "5DfzOzpMXXEUrHOIcmIhGm",
  };
  for (const id of Object.values(ids)) {
    await store.commit({
      executions: [execution(id, { start: NOON, labels: [{ key: "team", value: "data" }] })],
      taskRuns: [taskRun(id, 0)],
      logs: [logBatch({ executionId: id, lines: [line(0, "hello")] })],
      metrics: [metric("rows", { executionId: id })],
    });
  }
  for (const [partition, id] of Object.entries(ids)) {
    expect(await rowsOf(partition)).toEqual([id]);
    expect((await store.executions.get(TENANT, id))?.id).toBe(id);
    expect((await store.executions.taskRuns(TENANT, id)).length).toBe(1);
    expect((await store.logs.search({ tenant: TENANT, executionId: id }, FIRST_PAGE)).total).toBe(1);
  }
  const labels = [{ key: "team", value: "data" }];
  expect((await store.executions.search({ tenant: TENANT, labels }, FIRST_PAGE)).total).toBe(4);
});

test("rows of days without partitions get partitions of their own, with all that belongs to them", async () => {
  const { store, clock, schema, partitions, rowsOf } = await setup();
  await clock.nextTimer();
  const old = [at(Date.UTC(2025, 4, 1, 3)), at(Date.UTC(2025, 4, 1, 9)), at(Date.UTC(2027, 7, 1))];
  for (const id of old) {
    await store.commit({ executions: [execution(id, { start: NOON })], taskRuns: [taskRun(id, 0)] });
  }
  expect(await rowsOf("default")).toEqual(old);
  clock.ring();
  await clock.nextTimer();
  expect(await partitions()).toEqual(expect.arrayContaining(["20250501", "20270801"]));
  expect(await rowsOf("20250501")).toEqual(old.slice(0, 2));
  expect(await rowsOf("default")).toEqual([]);
  expect(await cluster.query(`SELECT number FROM ${schema}.task_runs_20250501`)).toHaveLength(2);
  expect((await store.executions.taskRuns(TENANT, old[0]!)).length).toBe(1);
});

test("partitions of more days begin where the others end, and never overlap", async () => {
  const { store, open, partitions, clock } = await setup();
  await store.stop();
  clock.set(NOON + 3 * DAY_MS);
  const wider = open({ partitionDays: 7 });
  await wider.start();
  onTestFinished(() => wider.stop());
  // Weeks are counted from 1970-01-01, a Thursday: this one ends before 2026-12-03.
  expect(await partitions()).toEqual(["20261126", "20261127", "20261128", "20261129", "beyond", "default"]);
});

test("who starts long after the time in its id is found in the newest lists all the same", async () => {
  const { store, schema } = await setup();
  const late = at(NOON - 40 * DAY_MS);
  await store.commit({ executions: [execution(late, { start: NOON })] });
  await store.commit({ executions: [execution(at(NOON), { start: NOON - 5 })] });
  const { rows } = await store.executions.search({ tenant: TENANT, startAfter: NOON - 10 }, { offset: 0, limit: 2 });
  expect(rows.map(({ id }) => id)).toEqual([late, at(NOON)]);
  const drift = await cluster.query<{ late: string }>(`SELECT late FROM ${schema}.execution_drift`);
  expect(Number(drift[0]!.late)).toBeGreaterThanOrEqual(40 * DAY_MS);
});

test("days with more rows than can be moved while others wait stay in the default partition", async () => {
  const { store, clock, schema, partitions, rowsOf } = await setup();
  await clock.nextTimer();
  const [many, few] = [at(Date.UTC(2025, 4, 1)), at(Date.UTC(2025, 4, 2))];
  await store.commit({ executions: [execution(many, { start: NOON }), execution(few, { start: NOON })] });
  await cluster.query(
    `INSERT INTO ${schema}.task_runs SELECT 'main', '${many}', n, '{}' FROM generate_series(1, 20000) AS n`,
  );
  clock.ring();
  await clock.nextTimer();
  expect(await partitions()).toEqual(expect.arrayContaining(["20250502"]));
  expect(await rowsOf("default")).toEqual([many]);
});

test.each(["made", "removed"])("a commit whose partition is %s while it waits finds the right one", async (what) => {
  const { store, schema, rowsOf, clock } = await setup();
  // Who cares for the partitions would wait as well.
  await clock.nextTimer();
  const id = at(what === "made" ? Date.UTC(2026, 11, 24) : NOON);
  await store.commit({ executions: [execution(at(NOON, 9), { start: NOON })] });
  const blocker = new pg.Client({
    host: new URL(cluster.url).searchParams.get("host")!,
    user: "capstan",
    database: "postgres",
    options: `-c search_path=${schema}`,
  });
  await blocker.connect();
  const { least, end } = idsOf({ from: Date.UTC(2026, 11, 24), to: Date.UTC(2026, 11, 25) });
  await blocker.query(
    what === "made"
      ? `BEGIN; CREATE TABLE executions_20261224 (LIKE executions);
          ALTER TABLE executions ATTACH PARTITION executions_20261224 FOR VALUES FROM ('${least}') TO ('${end}')`
      : "BEGIN; DROP TABLE executions_20261126",
  );
  const committed = store.commit({ executions: [execution(id, { start: NOON })] });
  const waiting = "SELECT pid FROM pg_stat_activity WHERE application_name = 'capstan' AND wait_event_type = 'Lock'";
  await expect.poll(() => cluster.query(waiting)).toHaveLength(1);
  await blocker.query("COMMIT");
  await blocker.end();
  await committed;
  expect(await rowsOf(what === "made" ? "20261224" : "default")).toEqual([id]);
});
