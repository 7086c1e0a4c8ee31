import { mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type TestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { taskOf, triggerOf } from "../../testing/task-of.ts";

const run = (world: TestWorld, kind: string, properties: JsonMap) => world.run(taskOf(`sqlite.${kind}`), properties);
const FILL = "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1), (2)";

test("without a name the database is in memory, and its own for each run", async () => {
  await using world = createTestWorld();
  const sql = `${FILL}; SELECT count(*) AS n FROM t`;
  for (const url of [{}, {}, { url: "jdbc:sqlite::memory:" }])
    expect((await run(world, "Queries", { ...url, sql, fetchType: "FETCH_ONE" })).outputs).toEqual({
      outputs: [{ row: { n: 2 }, size: 1 }],
    });
});

test.each([{}, { url: "jdbc:sqlite:data/shop.db" }])("a database is stored, and opened again, with %j", async (url) => {
  await using world = createTestWorld();
  const stored = await run(world, "Queries", { ...url, sql: FILL, outputDbFile: true });
  expect(stored.outputs).toEqual({ outputs: [], databaseUri: expect.stringMatching(/(?:sqlite|shop)\.db$/) });
  await using other = createTestWorld();
  const content = Buffer.concat(await (await world.files.read(String(stored.outputs!["databaseUri"]))).toArray());
  const sqliteFile = other.files.seed("kestra:///stored.db", content);
  const read = await run(other, "Query", { ...url, sqliteFile, sql: "SELECT * FROM t", fetchType: "FETCH" });
  expect(read.outputs).toEqual({ rows: [{ i: 1 }, { i: 2 }], size: 2 });
  const event = await other.poll(triggerOf("sqlite.Trigger"), {
    url: "jdbc:sqlite:t.db",
    sqliteFile,
    sql: "SELECT i FROM t WHERE i > 1",
  });
  expect(event).toEqual({ variables: { rows: [{ i: 2 }], size: 1 } });
});

test("what a failed transaction did is not stored", async () => {
  await using world = createTestWorld();
  const outcome = await run(world, "Queries", { sql: `${FILL}; SELECT nothing`, outputDbFile: true });
  expect(outcome).toMatchObject({ state: "FAILED", outputs: undefined });
  expect(world.files.uris()).toEqual([]);
});

test.each([
  ["jdbc:sqlite:../shop.db", "leads out of the working folder"],
  ["jdbc:sqlite:/etc/shop.db", "The file file:///etc/shop.db does not exist"],
  ["jdbc:mysql:shop.db", "it does not begin with jdbc:sqlite:"],
])("%s is refused", async (url, message) => {
  await using world = createTestWorld();
  const outcome = await run(world, "Query", { url, sql: "SELECT 1" });
  expect(outcome.message).toContain(message);
});

test("a database that the server lets tasks read is read, and not written", async () => {
  await using world = createTestWorld();
  const folder = await mkdtemp(join(tmpdir(), "capstan-sqlite-"));
  const path = join(folder, "shared.db");
  new DatabaseSync(path).exec(FILL);
  world.files.seed(`file://${path}`, "allowed");
  const url = `jdbc:sqlite:${path}`;
  expect((await run(world, "Query", { url, sql: "SELECT * FROM t" })).outputs).toEqual({ size: 2 });
  expect((await run(world, "Query", { url, sql: "DELETE FROM t" })).message).toContain("readonly database");
  const sqliteFile = world.files.seed("kestra:///other.db", "other");
  expect((await run(world, "Query", { url, sqliteFile, sql: "SELECT 1" })).message).toContain(
    "where nothing is written",
  );
  await rm(folder, { recursive: true });
});

test("no other database of the machine is attached or written, by no way", async () => {
  await using world = createTestWorld();
  const path = join(tmpdir(), `capstan-escape-${process.pid}.db`);
  for (const sql of [
    `ATTACH '${path}' AS other`,
    `ATTACH '/tmp' || '/x.db' AS other`,
    "ATTACH 'relative.db' AS other",
    `VACUUM INTO '${path}'`,
  ]) {
    const outcome = await run(world, "Query", { url: "jdbc:sqlite:own.db", sql });
    expect(outcome.message, sql).toMatch(/not authorized|authorization denied/);
  }
  const folder = await world.workingDirectory();
  const attach = `ATTACH '${folder}/second.db' AS second; CREATE TABLE second.t (i); SELECT 1 AS one`;
  const outcome = await run(world, "Queries", { sql: attach, transaction: false });
  expect(outcome.message).toBeUndefined();
});

test.each([
  ["9007199254740993", "9007199254740993"],
  ["5", 5],
  ["1.5", 1.5],
  ["9e999", "Infinity"],
  ["'text'", "text"],
  ["NULL", null],
  ["x'00ff'", "AP8="],
])("%s is %j", async (expression, value) => {
  await using world = createTestWorld();
  const { outputs } = await run(world, "Query", { sql: `SELECT ${expression} AS v`, fetchType: "FETCH_ONE" });
  expect(outputs!["row"]).toEqual({ v: value });
});

test("truths, lists and maps are bound as SQLite has them", async () => {
  await using world = createTestWorld();
  const { outputs } = await run(world, "Query", {
    sql: "SELECT typeof(:yes) AS yes, :list AS list, :map ->> 'a' AS a, typeof(:half) AS half",
    parameters: { yes: true, list: [1, 2], map: { a: 5 }, half: 0.5 },
    fetchType: "FETCH_ONE",
  });
  expect(outputs!["row"]).toEqual({ yes: "integer", list: "[1,2]", a: 5, half: "real" });
});

test("a trigger in the script is one statement, and VACUUM runs outside of a transaction", async () => {
  await using world = createTestWorld();
  const url = "jdbc:sqlite:shop.db";
  const sql = `${FILL}; CREATE TRIGGER more AFTER INSERT ON t BEGIN UPDATE t SET i = i + 1; SELECT 1; END; INSERT INTO t VALUES (5); SELECT sum(i) AS n FROM t`;
  const outcome = await run(world, "Queries", { url, sql, fetchType: "FETCH_ONE" });
  expect(outcome.outputs).toEqual({ outputs: [{ row: { n: 11 }, size: 1 }] });
  expect(await run(world, "Query", { url, sql: "VACUUM" })).toMatchObject({ state: "SUCCESS" });
});

test("a lock of somebody else is waited for, and others of this thread go on", async () => {
  await using world = createTestWorld();
  const url = "jdbc:sqlite:shop.db";
  await run(world, "Queries", { url, sql: FILL });
  const other = new DatabaseSync(join(await world.workingDirectory(), "shop.db"));
  other.exec("BEGIN IMMEDIATE; INSERT INTO t VALUES (3)");
  const waiting = run(world, "Query", { url, sql: "INSERT INTO t VALUES (4)" });
  let turns = 0;
  while (turns < 5) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    turns += 1;
  }
  other.exec("COMMIT");
  expect((await waiting).message).toBeUndefined();
  other.exec("BEGIN IMMEDIATE");
  const refused = await run(world, "Query", { url, sql: "INSERT INTO t VALUES (5)" });
  expect(refused.message).toBe("The database refuses it: database is locked for 3000 ms.");
  other.close();
});

const SERIES =
  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, hex(zeroblob(100)) AS z FROM n";

test("rows without end are read in turns, and a kill ends them", async () => {
  const kill = new AbortController();
  await using world = createTestWorld({ signal: kill.signal });
  const outcome = run(world, "Query", { sql: SERIES, fetchType: "NONE" });
  const late = performance.now();
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(performance.now() - late).toBeLessThan(2_000);
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
});

test("what is no database is told", async () => {
  await using world = createTestWorld();
  const sqliteFile = world.files.seed("kestra:///text.db", "no database at all, but a text that is long enough");
  const outcome = await run(world, "Query", { sqliteFile, sql: "SELECT * FROM t" });
  expect(outcome.message).toBe("The database refuses it: file is not a database.");
});
