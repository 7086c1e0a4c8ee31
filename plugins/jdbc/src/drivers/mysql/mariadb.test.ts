import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type TestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heapGrowth } from "../../testing/heap-growth.ts";
import { type MariadbServer, startMariadb } from "../../testing/mariadb.ts";
import { taskOf } from "../../testing/task-of.ts";
import { until } from "../../testing/until.ts";

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server[Symbol.asyncDispose]());

const run = (world: TestWorld, kind: string, properties: JsonMap) =>
  world.run(taskOf(`mysql.${kind}`), { ...server.place, url: mysqlUrl(), ...properties });
const mysqlUrl = () => server.place.url.replace("mariadb", "mysql");

async function rowOf(sql: string, properties: JsonMap = {}): Promise<JsonMap> {
  await using world = createTestWorld();
  const { outputs, message } = await run(world, "Query", { sql, fetchType: "FETCH_ONE", ...properties });
  expect(message).toBeUndefined();
  return outputs!["row"] as JsonMap;
}

const TYPES: readonly [string, string, unknown][] = [
  ["bool", "TRUE", true],
  ["tinyint", "5", 5],
  ["int", "-7", -7],
  ["int unsigned", "4294967295", 4294967295],
  ["bigint", "9007199254740993", "9007199254740993"],
  ["bigint unsigned", "5", 5],
  ["decimal(40,20)", "0.12345678901234567890", "0.12345678901234567890"],
  ["decimal(10,2)", "12.50", 12.5],
  ["float", "1.1", 1.1],
  ["double", "0.1", 0.1],
  ["varchar(10)", "'äß€'", "äß€"],
  ["text", "'x'", "x"],
  ["blob", "x'00ff'", "AP8="],
  ["varbinary(4)", "x'deadbeef'", "3q2+7w=="],
  ["bit(1)", "b'1'", true],
  ["bit(9)", "b'100000001'", "AQE="],
  ["date", "'2024-03-01'", "2024-03-01"],
  ["time(3)", "'10:00:00.5'", "10:00:00.5"],
  ["datetime(6)", "'2024-03-01 10:00:00.5'", "2024-03-01T10:00:00.5"],
  ["year", "2024", 2024],
  ["json", `'{"a": [1, 9007199254740993]}'`, { a: [1, "9007199254740993"] }],
  ["enum('a','b')", "'b'", "b"],
  ["set('a','b')", "'a,b'", "a,b"],
];

test.each([
  ["as texts", "", {}],
  ["in binary, with parameters", " WHERE 1 = :one", { parameters: { one: 1 } }],
])("values of all types are read %s", async (name, where, properties) => {
  await using world = createTestWorld();
  const table = `types_${name.length}`;
  const columns = TYPES.map(([type], index) => `c${index} ${type}`).join(", ");
  const values = TYPES.map(([, value]) => value).join(", ");
  await run(world, "Queries", { sql: `CREATE TABLE ${table} (${columns}); INSERT INTO ${table} VALUES (${values})` });
  const row = await rowOf(`SELECT * FROM ${table}${where}`, properties);
  expect(row).toEqual(Object.fromEntries(TYPES.map(([, , value], index) => [`c${index}`, value])));
});

test("what a query reads goes back by a batch as it was", async () => {
  await using world = createTestWorld();
  const columns = "id bigint, b blob, d datetime(6), ts timestamp(6), j json, n decimal(40,20), `order` text, f bool";
  const made = await run(world, "Queries", {
    sql: `CREATE TABLE back_a (${columns}); CREATE TABLE back_b (${columns});
      INSERT INTO back_a VALUES (9007199254740993, x'00ff', '2024-03-01 10:00:00.123456', '2024-03-01 10:00:00.123456', '{"a":[1]}', 0.12345678901234567890, 'äß€', TRUE)`,
  });
  expect(made.message).toBeUndefined();
  const stored = await run(world, "Query", { sql: "SELECT * FROM back_a", fetchType: "STORE" });
  const loaded = await run(world, "Batch", { from: String(stored.outputs!["uri"]), table: "back_b" });
  expect(loaded.message).toBeUndefined();
  const same = await rowOf("SELECT count(*) AS n FROM (SELECT * FROM back_a INTERSECT SELECT * FROM back_b) AS x");
  expect(same).toEqual({ n: 1 });
});

test.each([
  ["+00:00", undefined, "2024-07-01T10:00:00Z"],
  ["+02:00", undefined, "2024-07-01T08:00:00Z"],
  ["+02:00", "Europe/Paris", "2024-07-01T10:00:00+02:00"],
])("a TIMESTAMP of a session at %s is shown in %s", async (zone, timeZoneId, shown) => {
  await using world = createTestWorld();
  await run(world, "Queries", { sql: `SET GLOBAL time_zone = '${zone}'` });
  const { outputs } = await run(world, "Queries", {
    sql: "CREATE TEMPORARY TABLE moments (t timestamp); INSERT INTO moments VALUES ('2024-07-01 10:00:00'); SELECT t FROM moments",
    fetchType: "FETCH_ONE",
    ...(timeZoneId !== undefined && { timeZoneId }),
  });
  await run(world, "Queries", { sql: "SET GLOBAL time_zone = 'SYSTEM'" });
  expect(outputs).toEqual({ outputs: [{ row: { t: shown }, size: 1 }] });
});

test("a file is loaded by the server, as it asks for it", async () => {
  await using world = createTestWorld();
  const inputFile = world.files.seed("kestra:///people.csv", "id,name\n1,Ada\n2,Bob\n");
  await run(world, "Query", { sql: "CREATE TABLE people (id int, name text)" });
  const load = "LOAD DATA LOCAL INFILE '{{ inputFile }}' INTO TABLE people FIELDS TERMINATED BY ',' IGNORE 1 ROWS";
  const outcome = await run(world, "Query", { sql: load, inputFile });
  expect(outcome).toEqual({ state: "SUCCESS", outputs: { size: 0 }, message: undefined });
  expect(world.logs.at(-1)!.message).toBe("Rows changed: 2");
  expect(await rowOf("SELECT * FROM people WHERE id = 2")).toEqual({ id: 2, name: "Bob" });
});

test.each([{}, { inputFile: "kestra:///people.csv" }])(
  "no other file of the machine is given to the server, with %j",
  async (properties) => {
    await using world = createTestWorld();
    world.files.seed("kestra:///people.csv", "1\n");
    await run(world, "Query", { sql: "CREATE TABLE IF NOT EXISTS taken (line text)" });
    const outcome = await run(world, "Query", {
      sql: "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE taken",
      ...properties,
    });
    expect(outcome.message).toMatch(
      /^LOAD DATA LOCAL asks for the file \/etc\/passwd, and only that of `inputFile` is given/,
    );
    expect(await rowOf("SELECT count(*) AS n FROM taken")).toEqual({ n: 0 });
  },
);

test("a procedure answers its rows, and its body is one statement", async () => {
  await using world = createTestWorld();
  const { outputs, message } = await run(world, "Queries", {
    sql: "CREATE PROCEDURE numbers() BEGIN IF 1 THEN SELECT 1 AS n UNION SELECT 2; END IF; END; CALL numbers(); SELECT 3 AS n",
    fetchType: "FETCH",
  });
  expect(message).toBeUndefined();
  expect(outputs).toEqual({
    outputs: [
      { rows: [{ n: 1 }, { n: 2 }], size: 2 },
      { rows: [{ n: 3 }], size: 1 },
    ],
  });
});

const SESSIONS =
  "SELECT count(*) AS n FROM information_schema.processlist WHERE user = 'app' AND id <> connection_id()";
const sessions = async () => (await rowOf(SESSIONS))["n"];

test.each([
  ["Query", { sql: "SELECT sleep(600)" }],
  ["Query", { sql: "SELECT repeat('x', 1000) FROM seq_1_to_100000000", fetchType: "STORE" }],
  ["Queries", { sql: "SELECT 1; SELECT sleep(600)" }],
  ["Batch", { sql: "SELECT sleep(600), ?", from: "kestra:///rows" }],
])("a %s that is killed leaves nothing on the server: %j", async (kind, properties) => {
  await until(async () => (await sessions()) === 0);
  const kill = new AbortController();
  await using world = createTestWorld({ signal: kill.signal });
  world.files.seed("kestra:///rows", "[1]\n");
  const outcome = run(world, kind, properties);
  await until(async () => (await rowOf(`${SESSIONS} AND command IN ('Query', 'Execute')`))["n"] === 1);
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
  await until(async () => (await sessions()) === 0);
});

test("a million rows go into a file, and never all into memory", async () => {
  await using world = createTestWorld();
  const definition = taskOf("mysql.Query");
  let bytes = 0;
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const piece of content) bytes += piece.length;
    return "kestra:///rows";
  };
  const sql = "SELECT seq AS id, repeat('x', 100) AS t FROM seq_1_to_1000000";
  const context = world.context(definition, { ...server.place, url: mysqlUrl(), sql, fetchType: "STORE" });
  let outputs: unknown;
  const growth = await heapGrowth(async () => {
    outputs = await definition.run!({ ...context, files: { ...world.files, put } } as never);
  });
  expect(outputs).toEqual({ uri: "kestra:///rows", size: 1_000_000 });
  expect(bytes).toBeGreaterThan(100_000_000);
  expect(growth).toBeLessThan(60 * 1024 * 1024);
});

test.each([
  [{ password: "geheim" }, /^There is no connection to 127.0.0.1:\d+\/shop as app: Access denied for user 'app'/],
  [{ url: "jdbc:mysql://127.0.0.1:1/shop?password=geheim", password: "" }, /as app: connect ECONNREFUSED 127.0.0.1:1/],
  [{ url: "jdbc:mysql://127.0.0.1:3306/shop?sslMode=maybe" }, /^`sslMode` of `url` is no mode/],
  [{ url: "jdbc:postgresql://127.0.0.1:3306/shop" }, /^`url` can't be used: it does not begin with jdbc:mysql:/],
])("with %j there is no connection, and the password is not shown", async (properties, reason) => {
  await using world = createTestWorld();
  const { message } = await run(world, "Query", { sql: "SELECT 1", ...properties });
  expect(message).toMatch(reason);
  expect(message).not.toContain("geheim");
});

test.each([
  ["", "plain"],
  ["?sslMode=DISABLED", "plain"],
  ["?useSSL=false", "plain"],
  ["?sslMode=REQUIRED", "There is no connection"],
  ["?requireSSL=true", "There is no connection"],
])("a server without TLS at an address with %j: %s", async (query, outcome) => {
  await using world = createTestWorld();
  const { message = "plain" } = await run(world, "Query", { sql: "SELECT 1", url: mysqlUrl() + query });
  expect(message).toContain(outcome);
});

test("a server that goes away in the middle of rows fails the task", async () => {
  await using other = await startMariadb();
  await using world = createTestWorld();
  const definition = taskOf("mariadb.Query");
  const sql = "SELECT repeat('x', 1000) AS x FROM seq_1_to_100000000";
  const context = world.context(definition, { ...other.place, sql, fetchType: "STORE" });
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const _piece of content) await other[Symbol.asyncDispose]();
    return "kestra:///rows";
  };
  const outcome = definition.run!({ ...context, files: { ...world.files, put } } as never);
  await expect(outcome).rejects.toThrow("The connection to the database is lost: ");
});
