import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer, type TestOptions } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClickhouseServer, startClickhouse } from "../../testing/clickhouse.ts";
import { linesOf } from "../../testing/driver-world.ts";
import { heapGrowth } from "../../testing/heap-growth.ts";
import { taskOf } from "../../testing/task-of.ts";
import { until } from "../../testing/until.ts";

let server: ClickhouseServer;
beforeAll(async () => {
  server = await startClickhouse();
}, 600_000);
afterAll(() => server[Symbol.asyncDispose]());

async function run(kind: string, properties: JsonMap, file = "", options: TestOptions = {}) {
  await using world = createTestWorld(options);
  world.files.seed("kestra:///rows.ion", file);
  return await world.run(taskOf(`clickhouse.${kind}`), { ...server.place, ...properties });
}

async function rowOf(sql: string, properties: JsonMap = {}): Promise<unknown> {
  const { outputs, message } = await run("Query", { sql, fetchType: "FETCH_ONE", ...properties });
  expect(message).toBeUndefined();
  return outputs!["row"];
}

const TYPES: readonly (readonly [sql: string, value: unknown])[] = [
  ["18446744073709551615::UInt64", "18446744073709551615"],
  ["toDecimal128('0.12345678901234567891', 20)", "0.12345678901234567891"],
  ["inf", "Infinity"],
  ["true", true],
  ["toDateTime64('2024-03-01 10:00:00.5', 3, 'Europe/Paris')", "2024-03-01T09:00:00.5Z"],
  ["toDate('2024-03-01')", "2024-03-01"],
  ["map('a', [1, 2])", { a: [1, 2] }],
  ["tuple(1, 'x')::Tuple(a Int32, b String)", { a: 1, b: "x" }],
  [`'{"a":[1.5]}'::JSON`, { a: [1.5] }],
  ["NULL", null],
  ["'äß€'", "äß€"],
  ["toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')", "61f0c404-5cb3-11e7-907b-a6006ad3dba0"],
];
const ALL_TYPES = `SELECT ${TYPES.map(([sql], index) => `${sql} AS c${index}`).join(", ")}`;
const ALL_VALUES = Object.fromEntries(TYPES.map(([, value], index) => [`c${index}`, value]));

test.each(["", "reader"])("values of all types are read, by a user %j that may only read", async (reader) => {
  const row = (await rowOf(ALL_TYPES, reader === "" ? {} : { username: reader })) as JsonMap;
  // Where the server may not be asked for exact values, it writes decimals as floats do, and what is infinite as nothing.
  const lost = reader === "" ? {} : { c1: "0.12345678901234568", c2: null, c7: [1, "x"] };
  expect({ ...row, ...(reader === "" ? {} : { c7: Object.values(row["c7"] as object) }) }).toEqual({
    ...ALL_VALUES,
    ...lost,
  });
});

test("parameters of all kinds are values", async () => {
  const sql = "SELECT :text AS text, :whole AS whole, :half AS half, :list AS list, :none AS none, :yes AS yes";
  const parameters = { text: "a\t'b\\\n{x:Int8}", whole: 7, half: 1.5, list: ["it's", "b"], none: null, yes: true };
  expect(await rowOf(sql, { parameters })).toEqual(parameters);
});

test("rows go in by a statement that takes them, whatever the columns are", async () => {
  const table = "CREATE TABLE moved (id UInt64, at DateTime64(3), d Decimal(30, 10), tags Array(String), j JSON)";
  await run("Query", { sql: `${table} ENGINE = Memory` });
  const rows = `["18446744073709551615","2024-03-01T09:00:00.5Z","12345678901234567890.5",["a"],{"x":1}]\n`;
  const outcome = await run(
    "BulkInsert",
    {
      from: "kestra:///rows.ion",
      sql: "INSERT INTO moved (id, at, d, tags, j) SETTINGS async_insert=1, wait_for_async_insert=1 VALUES( ?, ?, ?, ?, ? )",
    },
    rows,
  );
  expect(outcome).toMatchObject({ message: undefined, outputs: { rowCount: 1, updatedCount: 1 } });
  expect(await rowOf("SELECT * FROM moved")).toEqual({
    id: "18446744073709551615",
    at: "2024-03-01T09:00:00.5Z",
    d: "12345678901234567890.5",
    tags: ["a"],
    j: { x: 1 },
  });
});

test("a statement with `input` is sent with the rows behind it", async () => {
  // The engine without its server doesn't have `input`.
  await using standIn = await startServer((_request, response) => {
    const isQuestion = standIn.received.at(-1)!.body.startsWith("SELECT");
    if (!isQuestion) response.setHeader("X-ClickHouse-Summary", '{"written_rows":"4"}');
    response.end(isQuestion ? "UTC\n" : "");
  });
  const sql = "INSERT INTO made SELECT id * 2, upper(text) FROM input('id Int32, text String');";
  const properties = { from: "kestra:///rows.ion", sql, url: `jdbc:ch://127.0.0.1:${standIn.port}` };
  const outcome = await run("BulkInsert", properties, `[1,"a"]\n[2,"b"]\n`);
  expect(outcome).toMatchObject({ message: undefined, outputs: { rowCount: 2, updatedCount: 4 } });
  expect(standIn.received[1]!.body).toBe(`${sql.slice(0, -1)} FORMAT JSONCompactEachRow\n[1,"a"]\n[2,"b"]\n`);
});

test("of a load that is refused in the middle, what was sent before stays and is told", async () => {
  await run("Query", { sql: "CREATE TABLE half (id Int32) ENGINE = Memory" });
  const properties = { from: "kestra:///rows.ion", table: "half", chunk: 1, retryScope: "ALL", retryBackoff: "PT0S" };
  const outcome = await run("BulkInsert", properties, `[1]\n["x"]\n`);
  expect(outcome.message).toMatch(/^The database refuses it: .*Rows that were sent before are in the table\.$/s);
  expect(await rowOf("SELECT count() AS c FROM half")).toEqual({ c: 1 });
});

test("who may not come in is told without the password", async () => {
  const { message } = await run("Query", { sql: "SELECT 1", password: "not-this-one" });
  expect(message).toMatch(/^The server lets nobody in: äpp: Authentication failed/);
  expect(message).not.toContain("not-this-one");
});

test("the next host is asked where the first is away", async () => {
  const url = `jdbc:ch://127.0.0.1:1,127.0.0.1:${server.port}/shop`;
  expect(await rowOf("SELECT currentDatabase() AS name", { url })).toEqual({ name: "shop" });
  const { message } = await run("Query", { sql: "SELECT 1", url: "jdbc:ch://127.0.0.1:1/shop" });
  expect(message).toMatch(/^The connection to the database is lost: POST http:\/\/127\.0\.0\.1:1\/ failed/);
});

test("a query that is killed is ended on the server", async () => {
  const kill = new AbortController();
  const sql = "SELECT number FROM system.numbers";
  const killed = (await server.queries("killed")).length;
  const outcome = run("Query", { sql, fetchType: "STORE" }, "", { signal: kill.signal });
  await until(async () => (await server.queries("running")).length > 0);
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
  await until(async () => (await server.queries("running")).length === 0);
  expect(await server.queries("killed")).toHaveLength(killed + 1);
});

test("rows are stored in bounded memory", async () => {
  await using world = createTestWorld();
  const definition = taskOf("clickhouse.Query");
  const sql = "SELECT number AS i, repeat('x', 1000) AS x FROM numbers(100000)";
  const context = world.context(definition, { ...server.place, sql, fetchType: "STORE" });
  let bytes = 0;
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const piece of content) bytes += piece.length;
    return "kestra:///rows.ion";
  };
  const growth = await heapGrowth(() => definition.run!({ ...context, files: { ...world.files, put } } as never));
  expect(bytes).toBeGreaterThan(100_000_000);
  expect(growth).toBeLessThan(40_000_000);
});

test("an answer that breaks off is no end of rows", async () => {
  await using broken = await startServer((request, response) => {
    if (broken.received.length === 1) response.end("UTC\n");
    else if (request.url?.includes("default_format") !== true) response.end();
    else response.write(`["i"]\n["UInt8"]\n[1]\n`, () => response.destroy());
  });
  await using world = createTestWorld();
  const url = `jdbc:ch://127.0.0.1:${broken.port}`;
  const outcome = await world.run(taskOf("clickhouse.Query"), { url, sql: "SELECT 1 AS i", fetchType: "STORE" });
  expect(outcome).toMatchObject({
    state: "FAILED",
    message: expect.stringMatching(/^The connection to the database is lost: /),
  });
});

test("the file of rows is what other tasks read", async () => {
  await using world = createTestWorld();
  const properties = { ...server.place, sql: "SELECT number AS i FROM numbers(3)", fetchType: "STORE" };
  const { outputs } = await world.run(taskOf("clickhouse.Query"), properties);
  expect(await linesOf(world, outputs!["uri"])).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
  expect(world.metrics).toContainEqual({ name: "store.size", type: "counter", value: 3, tags: { fetch: "store" } });
});
