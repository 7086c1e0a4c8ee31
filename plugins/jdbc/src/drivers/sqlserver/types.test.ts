import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, pythonWith } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { type SqlServer, startSqlServer } from "../../testing/sqlserver/server.ts";
import type { Wanted } from "../../testing/sqlserver/world.ts";
import { ALL_NULLS, ALL_TYPES, ANSWERS, NULLS, PYTHON, SHOWN } from "../../testing/sqlserver/values.ts";
import { datetimeoffset, INT, nvarchar, VARBINARY_MAX } from "../../testing/sqlserver/wire-types.ts";
import { taskOf } from "../../testing/task-of.ts";

async function start(wanted: Wanted = {}): Promise<SqlServer> {
  const server = await startSqlServer(wanted);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function run({ place }: SqlServer, properties: JsonMap, kind = "Query") {
  await using world = createTestWorld();
  return await world.run(taskOf(`sqlserver.${kind}`), { ...place, fetchType: "FETCH_ONE", ...properties });
}

test.each([
  ["as a batch", {}],
  ["beside values", { parameters: { one: 1 } }],
])("values of all types are read, of a statement that is sent %s", async (_name, properties) => {
  const withValue = { [`${ALL_TYPES} WHERE 1 = @p1`]: ANSWERS[ALL_TYPES]! };
  const server = await start({ scripted: { ...ANSWERS, ...withValue } });
  const sql = "parameters" in properties ? `${ALL_TYPES} WHERE 1 = :one` : ALL_TYPES;
  const { outputs, message } = await run(server, { sql, ...properties });
  expect(message).toBeUndefined();
  expect(outputs!["row"]).toEqual(SHOWN);
});

test("nulls of all types are read", async () => {
  const server = await start({ scripted: ANSWERS });
  expect((await run(server, { sql: ALL_NULLS })).outputs!["row"]).toEqual(NULLS);
});

test("values longer than a packet are read", async () => {
  const server = await start();
  const { outputs } = await run(server, { sql: "SELECT repeat('äß€x', 100000) AS t" });
  expect((outputs!["row"] as { t: string }).t).toBe("äß€x".repeat(100_000));
});

test("a point in time is shown in a zone", async () => {
  const columns = [{ name: "t", type: datetimeoffset(3, 120) }];
  const server = await start({
    scripted: { "SELECT t": { results: [{ columns, rows: [["2024-07-01 10:00:00.5"]] }] } },
  });
  const { outputs } = await run(server, { sql: "SELECT t", timeZoneId: "Asia/Tokyo" });
  expect(outputs!["row"]).toEqual({ t: "2024-07-01T19:00:00.5+09:00" });
});

test("columns without a name have their number", async () => {
  const columns = ["", "b", ""].map((name) => ({ name, type: INT }));
  const server = await start({ scripted: { "SELECT 1, 2 AS b, 3": { results: [{ columns, rows: [[1, 2, 3]] }] } } });
  expect((await run(server, { sql: "SELECT 1, 2 AS b, 3" })).outputs!["row"]).toEqual({ column1: 1, b: 2, column3: 3 });
});

const CLIENT = `
import json, sys, pytds
with pytds.connect(dsn="127.0.0.1", port=int(sys.argv[1]), user=sys.argv[2], password=sys.argv[3], database="shop", autocommit=False) as connection:
    cursor = connection.cursor()
    def ask(sql, values=None):
        cursor.execute(sql, values)
        return cursor.fetchall()
    row = ask(sys.argv[4])[0]
    bound = ask("SELECT %s AS a, %s AS b, %s AS c, %s AS d, %s AS e", ("x'y€", 7, True, None, 1.5))[0]
    many = len(ask("SELECT value AS i FROM GENERATE_SERIES(1, 30000)"))
    try:
        ask("SELECT * FROM no_such_table")
        refused = None
    except pytds.Error as error:
        refused = str(error)
    print(json.dumps({"types": [value.isoformat() if getattr(value, "tzinfo", None) else repr(value) for value in row], "bound": [str(value) for value in bound], "many": many, "refused": refused}))
`;

test("another client, python-tds, gets along with the stand-in, and makes the same of it", async () => {
  const server = await start({ scripted: ANSWERS });
  const python = await pythonWith(["python-tds==1.17.1"]);
  const { username, password } = server.place;
  const words = ["-c", CLIENT, String(server.port), username, password, ALL_TYPES];
  const { stdout } = await promisify(execFile)(python, words);
  const theirs = JSON.parse(stdout) as JsonMap;
  expect(theirs).toEqual({
    types: PYTHON,
    bound: ["x'y€", "7", "True", "None", "1.5"],
    many: 30_000,
    refused: expect.stringContaining("no_such_table"),
  });
}, 300_000);

test("values are sent in types that the server has one plan for", async () => {
  const server = await start();
  const long = "€".repeat(4_001);
  const parameters = {
    text: "x",
    none: null,
    small: -5,
    big: 9_007_199_254_740_991,
    half: 1.5,
    yes: true,
    list: [1],
    long,
  };
  const names = Object.keys(parameters);
  const sql = `SELECT ${names.map((name) => `:${name} AS ${name}`).join(", ")}`;
  const { outputs, message } = await run(server, { sql, parameters });
  expect(message).toBeUndefined();
  expect(outputs!["row"]).toEqual({ ...parameters, list: "[1]" });
  expect(server.statements.at(-1)).toContain(
    "-- @p1 nvarchar(4000), @p2 nvarchar(4000), @p3 int, @p4 bigint, @p5 float, @p6 bit, @p7 nvarchar(4000), @p8 nvarchar(max)",
  );
});

test.each([
  ["nvarchar(4000)", "x".repeat(4_000)],
  ["nvarchar(max)", "x".repeat(4_001)],
])("up to 4,000 characters are declared as %s", async (type, text) => {
  const server = await start();
  await run(server, { sql: "SELECT :text AS t", parameters: { text } });
  expect(server.statements.at(-1)).toBe(`SELECT @p1 AS t -- @p1 ${type}`);
});

test("what a query reads goes back by a batch as it was", async () => {
  const { outputs, loaded, server } = await backAndForth();
  expect(loaded.message).toBeUndefined();
  expect(outputs).toEqual({ row: { n: 1 }, size: 1 });
  const insert = server.statements.find((sql) => sql.startsWith('INSERT INTO back_b ("id", "n", "b", "none", "f"'));
  expect(insert).toContain(
    "@p1 nvarchar(4000), @p2 nvarchar(4000), @p3 varbinary(8000), @p4 varbinary(8000), @p5 float",
  );
});

async function backAndForth() {
  const server = await start();
  const columns = "id bigint, n decimal(38, 18), b blob, [none] blob, f double, t varchar";
  const made = await run(
    server,
    {
      sql: `CREATE TABLE back_a (${columns}); CREATE TABLE back_b (${columns});
      INSERT INTO back_a VALUES (9007199254740993, 12345678901234567890.123456789012345678, '\\x00\\xFF'::BLOB, NULL, 0.1, 'äß€')`,
      transaction: true,
    },
    "Queries",
  );
  expect(made.message).toBeUndefined();
  await using world = createTestWorld();
  const task = (kind: string, properties: JsonMap) =>
    world.run(taskOf(`sqlserver.${kind}`), { ...server.place, ...properties });
  const stored = await task("Query", { sql: "SELECT * FROM back_a", fetchType: "STORE" });
  const loaded = await task("Batch", { from: String(stored.outputs!["uri"]), table: "back_b" });
  const sql = "SELECT CAST(count(*) AS INT) AS n FROM (SELECT * FROM back_a INTERSECT SELECT * FROM back_b) AS x";
  const { outputs } = await task("Query", { sql, fetchType: "FETCH_ONE" });
  return { outputs, loaded, server };
}

test("a table in brackets is loaded, and values that answer rows do no harm", async () => {
  const server = await start();
  await run(server, { sql: "CREATE TABLE [some orders] (id INT, state VARCHAR)" });
  await using world = createTestWorld();
  const from = world.files.seed("kestra:///rows.ion", '{"id":1,"state":"a"}\n{"id":2,"state":"b"}\n');
  const load = (properties: JsonMap) => world.run(taskOf("sqlserver.Batch"), { ...server.place, from, ...properties });
  expect((await load({ table: "[some orders]" })).outputs).toEqual({ rowCount: 2, updatedCount: 2 });
  const sql = 'INSERT INTO "some orders" VALUES (?, ?) RETURNING id';
  expect((await load({ sql, columns: ["id", "state"] })).outputs).toEqual({ rowCount: 2, updatedCount: 2 });
});

test.each([
  [1, 2_500, [1_000, 1_000, 500]],
  [2, 2_098, [1_000, 1_000, 98]],
  [3, 700, [699, 1]],
])("rows of %d columns go in as many as a statement takes", async (width, count, sizes) => {
  const server = await start();
  const names = Array.from({ length: width }, (_, index) => `c${index}`);
  await run(server, { sql: `CREATE TABLE wide (${names.map((name) => `${name} INT`).join(", ")})` });
  await using world = createTestWorld();
  const rows = Array.from({ length: count }, (_, index) => `${JSON.stringify(names.map(() => index))}\n`).join("");
  const from = world.files.seed("kestra:///rows.ion", rows);
  const outcome = await world.run(taskOf("sqlserver.Batch"), { ...server.place, from, table: "wide", chunk: 10_000 });
  expect(outcome).toMatchObject({ message: undefined, outputs: { rowCount: count, updatedCount: count } });
  const inserts = server.statements.filter((sql) => sql.startsWith("INSERT INTO wide"));
  const placesOf = (sql: string) => sql.split(" -- ")[0]!.split("(@").length - 1;
  expect(inserts.map(placesOf)).toEqual(sizes);
});

test("bytes of a file are base64, and texts elsewhere", async () => {
  const columns = [
    { name: "b", type: VARBINARY_MAX },
    { name: "t", type: nvarchar(20) },
  ];
  const scripted = { "SELECT * FROM files WHERE 1 = 0": { results: [{ columns, rows: [] }] } };
  const server = await start({ scripted });
  await run(server, { sql: "CREATE TABLE files (b blob, t varchar)" });
  await using world = createTestWorld();
  const from = world.files.seed("kestra:///rows.ion", '["AP8=","AP8="]\n');
  await world.run(taskOf("sqlserver.Batch"), { ...server.place, from, table: "files" });
  expect((await run(server, { sql: "SELECT * FROM files" })).outputs!["row"]).toEqual({ b: "AP8=", t: "AP8=" });
});
