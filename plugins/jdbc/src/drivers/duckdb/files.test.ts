import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type TestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { taskOf, triggerOf } from "../../testing/task-of.ts";
import { until } from "../../testing/until.ts";

const run = (world: TestWorld, kind: string, properties: JsonMap) => world.run(taskOf(`duckdb.${kind}`), properties);

test("files are read and written by SQL", async () => {
  await using world = createTestWorld();
  const outcome = await run(world, "Queries", {
    inputFiles: {
      "in.csv": world.files.seed("kestra:///in.csv", "id,total\n1,5\n2,7\n"),
      "more/rates.json": '{"rate": 2}',
    },
    outputFiles: ["csv", "parquet"],
    sql: `
      COPY (SELECT sum(total) AS total FROM read_csv('{{ workingDir }}/in.csv')) TO '{{ outputFiles['csv'] }}' (HEADER);
      COPY (FROM 'in.csv') TO '{{ outputFiles.parquet }}' (FORMAT parquet);
      SELECT rate FROM 'more/rates.json';
      SELECT count(*) AS n FROM read_parquet('{{ outputFiles.parquet }}')`,
    fetchType: "FETCH_ONE",
  });
  expect(outcome.message).toBeUndefined();
  expect(outcome.outputs).toEqual({
    outputs: [
      { row: { rate: 2 }, size: 1 },
      { row: { n: 2 }, size: 1 },
    ],
    outputFiles: { csv: expect.any(String), parquet: expect.any(String) },
  });
  const { outputFiles } = outcome.outputs as { outputFiles: Record<string, string> };
  expect(await world.files.text(outputFiles["csv"]!)).toBe("total\n12\n");
});

test.each([
  [{ inputFiles: { "../x": "" } }, "leads out of the working folder"],
  [{ outputFiles: ["../x"] }, "leads out of the working folder"],
  [{ url: "jdbc:duckdb:../x.db" }, "leads out of the working folder"],
  [{ url: "jdbc:duckdb:/etc/x.db" }, "The file file:///etc/x.db does not exist"],
  [{ url: "jdbc:sqlite:x.db" }, "it does not begin with jdbc:duckdb:"],
  [{ communityExtensions: ["ion", "x'; DROP"] }, "is no name of an extension"],
  [{ inputFiles: "{" }, "`inputFiles` must be a map"],
])("%j is refused", async (properties, message) => {
  await using world = createTestWorld();
  const outcome = await run(world, "Query", { sql: "SELECT 1", ...properties });
  expect(outcome.message).toContain(message);
});

test("a database is stored, and opened again", async () => {
  await using world = createTestWorld();
  const sql = "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1), (2)";
  const stored = await run(world, "Queries", { sql, outputDbFile: true });
  expect(stored.outputs).toEqual({ outputs: [], databaseUri: expect.stringMatching(/duckdb\.db$/) });
  await using other = createTestWorld();
  const content = Buffer.concat(await (await world.files.read(String(stored.outputs!["databaseUri"]))).toArray());
  const databaseUri = other.files.seed("kestra:///stored.db", content);
  const read = await run(other, "Query", { databaseUri, sql: "SELECT * FROM t", fetchType: "FETCH" });
  expect(read.outputs).toEqual({ rows: [{ i: 1 }, { i: 2 }], size: 2 });
  const event = await other.poll(triggerOf("duckdb.Trigger"), {
    url: "jdbc:duckdb:",
    databaseUri,
    sql: "SELECT i FROM t WHERE i > 1",
  });
  expect(event).toEqual({ variables: { rows: [{ i: 2 }], size: 1 } });
});

test("rows that were stored are read by their Ion name", async () => {
  await using world = createTestWorld();
  const stored = await run(world, "Query", {
    sql: "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL ORDER BY a",
    fetchType: "STORE",
  });
  const inputFiles = { "rows.ion": String(stored.outputs!["uri"]) };
  const read = await run(world, "Query", {
    inputFiles,
    sql: "SELECT sum(a) AS a, count(b) AS b FROM read_ion('rows.ion')",
    fetchType: "FETCH_ONE",
  });
  expect(read.message).toBeUndefined();
  expect(read.outputs!["row"]).toEqual({ a: 3, b: 1 });
});

test.each<[string, unknown]>([
  ["NULL", null],
  ["true", true],
  ["9007199254740993", "9007199254740993"],
  ["5::BIGINT", 5],
  ["170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727"],
  ["1.1::FLOAT", 1.1],
  ["'nan'::DOUBLE", "NaN"],
  ["12.50::DECIMAL(10,2)", 12.5],
  ["0.12345678901234567890::DECIMAL(38,20)", "0.12345678901234567890"],
  ["DATE '2024-03-01'", "2024-03-01"],
  ["TIME '10:00:00'", "10:00:00"],
  ["TIMESTAMP '2024-03-01 10:00:00.5'", "2024-03-01T10:00:00.5"],
  ["TIMESTAMP_S '2024-03-01 10:00:00'", "2024-03-01T10:00:00"],
  ["TIMESTAMPTZ '2024-03-01 10:00:00.123456+01'", "2024-03-01T09:00:00.123456Z"],
  ["'infinity'::TIMESTAMP", "infinity"],
  [String.raw`'\x00\xFF'::BLOB`, "AP8="],
  ["[1, NULL, 3]", [1, null, 3]],
  ["array_value(1, 2)", [1, 2]],
  ["{'a': 9007199254740993, 'b': [1.50::DECIMAL(4,2)]}", { a: "9007199254740993", b: [1.5] }],
  ["MAP {'k': 1}", { k: 1 }],
  ["union_value(num := 2)", 2],
  [`'{"a": [1]}'::JSON`, { a: [1] }],
  ["'9c5b94b1-35ad-49bb-b118-8e8fc24abf80'::UUID", "9c5b94b1-35ad-49bb-b118-8e8fc24abf80"],
  ["'b'::ENUM ('a', 'b')", "b"],
  ["INTERVAL 2 HOUR", "02:00:00"],
])("%s is %j", async (expression, value) => {
  await using world = createTestWorld();
  const { outputs, message } = await run(world, "Query", { sql: `SELECT ${expression} AS v`, fetchType: "FETCH_ONE" });
  expect(message).toBeUndefined();
  expect(outputs!["row"]).toEqual({ v: value });
});

test("points in time are shown in the zone that is asked for", async () => {
  await using world = createTestWorld();
  const sql = "SELECT TIMESTAMPTZ '2024-07-01 10:00:00+00' AS t";
  const { outputs } = await run(world, "Query", { sql, timeZoneId: "Europe/Paris", fetchType: "FETCH_ONE" });
  expect(outputs!["row"]).toEqual({ t: "2024-07-01T12:00:00+02:00" });
});

test("statements that are killed end at once", async () => {
  for (const properties of [
    { sql: "SELECT count(*) FROM range(1000000000000) AS a" },
    { sql: "SELECT * FROM range(1000000000000)", fetchType: "NONE" },
  ]) {
    const kill = new AbortController();
    await using world = createTestWorld({ signal: kill.signal });
    let isOver = false;
    const outcome = run(world, "Query", properties).finally(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isOver).toBe(false);
    kill.abort();
    await until(async () => isOver);
    expect((await outcome).state).toBe("FAILED");
  }
});

test.each([
  [
    "DESCRIBE SELECT 1 AS one",
    [{ column_name: "one", column_type: "INTEGER", null: "YES", key: null, default: null, extra: null }],
  ],
  ["INSERT INTO t VALUES (5) RETURNING i", [{ i: 5 }]],
  ["WITH x AS (SELECT 7 AS i) INSERT INTO t FROM x RETURNING i", [{ i: 7 }]],
  ["-- first\n/* then */ (FROM t)", [{ i: 1 }]],
  ["VALUES (1, 2)", [{ col0: 1, col1: 2 }]],
  ["SELECT 1 AS a, 2 AS a", [{ a: 1, a_1: 2 }]],
  ["FROM t WHERE i = :i", [{ i: 1 }]],
])("%s answers rows", async (sql, rows) => {
  await using world = createTestWorld();
  const { outputs, message } = await run(world, "Queries", {
    sql: `CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1); ${sql}`,
    parameters: { i: 1 },
    fetchType: "FETCH",
  });
  expect(message).toBeUndefined();
  expect(outputs).toEqual({ outputs: [{ rows, size: rows.length }] });
});
