import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startSilentServer, type TestOptions } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { query } from "./query.ts";
import { type CassandraServer, startCassandra } from "./testing/cassandra-server.ts";
import { trigger } from "./trigger.ts";

let server: CassandraServer;
beforeAll(async () => {
  server = await startCassandra();
  await must("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
  await must("CREATE TABLE shop.orders (id int PRIMARY KEY, state text)");
  for (const id of [1, 2, 3]) await must(`INSERT INTO shop.orders (id, state) VALUES (${id}, 's${id}')`);
}, 200_000);
afterAll(() => server[Symbol.asyncDispose]());

async function run(properties: JsonMap, options: TestOptions = {}) {
  await using world = createTestWorld(options);
  const outcome = await world.run(query, { session: server.session, ...properties });
  const uri = outcome.outputs?.["uri"];
  return {
    ...outcome,
    file: uri === undefined ? undefined : await world.files.text(String(uri)),
    logs: world.logs,
    metrics: world.metrics,
  };
}

async function must(cql: string): Promise<void> {
  expect((await run({ cql })).message).toBeUndefined();
}

const ORDERS = [1, 2, 3].map((id) => ({ id, state: `s${id}` }));
const byId = (rows: unknown) => (rows as readonly { id: number }[]).toSorted((a, b) => a.id - b.id);

test("rows are fetched, and a semicolon does no harm", async () => {
  const { outputs, logs, metrics } = await run({ cql: "SELECT * FROM shop.orders;", fetchType: "FETCH" });
  expect({ ...outputs, rows: byId(outputs!["rows"]) }).toEqual({ rows: ORDERS, size: 3 });
  expect(logs).toContainEqual({ level: "INFO", message: "Rows: 3" });
  expect(metrics).toEqual([{ name: "records", type: "counter", value: 3, tags: { fetch: "fetch" } }]);
});

test.each([
  [{ fetchType: "FETCH_ONE" }, { row: { id: 2, state: "s2" }, size: 1 }],
  [{ fetchOne: true }, { row: { id: 2, state: "s2" }, size: 1 }],
  [
    { fetch: true, fetchType: "STORE" },
    { rows: [{ id: 2, state: "s2" }], size: 1 },
  ],
  [{}, { size: 1 }],
])("one row with %j", async (how, outputs) => {
  expect((await run({ cql: "SELECT * FROM shop.orders WHERE id = 2", ...how })).outputs).toEqual(outputs);
});

test.each([{ fetchType: "STORE" }, { store: true }])("with %j rows go into a file", async (how) => {
  const { file, outputs } = await run({ cql: "SELECT * FROM shop.orders WHERE id = 1", ...how });
  expect([file, outputs!["size"]]).toEqual(['{"id":1,"state":"s1"}\n', 1]);
});

test("a statement that changes something has no rows, and one with IF says whether it did", async () => {
  await must("CREATE TABLE shop.once (id int PRIMARY KEY)");
  const insert = { cql: "INSERT INTO shop.once (id) VALUES (1)", fetchType: "FETCH" };
  expect((await run(insert)).outputs).toEqual({ rows: [], size: 0 });
  const again = { cql: "INSERT INTO shop.once (id) VALUES (1) IF NOT EXISTS", fetchType: "FETCH_ONE" };
  expect((await run(again)).outputs).toEqual({ row: { "[applied]": false, id: 1 }, size: 1 });
});

const ID = "61f0c404-5cb3-11e7-907b-a6006ad3dba0";
const TYPES: readonly (readonly [type: string, written: string, shown: unknown])[] = [
  ["ascii", "'x'", "x"],
  ["text", "'äß€𝄞'", "äß€𝄞"],
  ["tinyint", "-5", -5],
  ["smallint", "300", 300],
  ["int", "-2147483648", -2_147_483_648],
  ["bigint", "9007199254740993", "9007199254740993"],
  ["bigint", "42", 42],
  ["varint", "123456789012345678901234567890", "123456789012345678901234567890"],
  ["varint", "-7", -7],
  ["decimal", "12.50", 12.5],
  ["decimal", "0.12345678901234567890", "0.12345678901234567890"],
  ["float", "1.1", 1.1],
  ["float", "16777216", 16_777_216],
  ["double", "0.1", 0.1],
  ["double", "NaN", "NaN"],
  ["boolean", "true", true],
  ["blob", "0x00ff10", "AP8Q"],
  ["uuid", ID, ID],
  ["timeuuid", ID, ID],
  ["inet", "'127.0.0.1'", "127.0.0.1"],
  ["date", "'2024-03-01'", "2024-03-01"],
  ["time", "'10:00:00.123456789'", "10:00:00.123456789"],
  ["time", "'10:00:00.5'", "10:00:00.5"],
  ["timestamp", "'2024-03-01T10:00:00.250+0200'", "2024-03-01T08:00:00.25Z"],
  ["duration", "1mo2d3h", "1mo2d3h"],
  ["list<bigint>", "[1, 9007199254740993]", [1, "9007199254740993"]],
  ["set<decimal>", "{1.50}", [1.5]],
  ["map<int, float>", "{1: 1.1}", { 1: 1.1 }],
  ["map<uuid, text>", `{${ID}: 'a'}`, { [ID]: "a" }],
  ["map<timestamp, text>", "{'2024-03-01T10:00:00Z': 'a'}", { "2024-03-01T10:00:00Z": "a" }],
  ["tuple<int, text, decimal>", "(1, 'a', 2.50)", [1, "a", 2.5]],
  ["frozen<list<frozen<list<int>>>>", "[[1], [2, 3]]", [[1], [2, 3]]],
  ["shop.place", "{city: 'Köln', at: (1.5, 2), zip: null}", { city: "Köln", at: [1.5, 2], zip: null }],
  ["vector<float, 3>", "[1.1, 2, 3.5]", [1.1, 2, 3.5]],
  ["vector<bigint, 2>", "[1, 9007199254740993]", [1, "9007199254740993"]],
  ["vector<text, 2>", "['a', 'b']", ["a", "b"]],
  ["int", "null", null],
];

test("values of all types are read", async () => {
  await must("CREATE TYPE shop.place (city text, at tuple<double, double>, zip bigint)");
  const columns = TYPES.map(([type], index) => `c${index} ${type}`).join(", ");
  await must(`CREATE TABLE shop.types (id int PRIMARY KEY, ${columns})`);
  const names = TYPES.map((_type, index) => `c${index}`).join(", ");
  const values = TYPES.map(([, written]) => written).join(", ");
  await must(`INSERT INTO shop.types (id, ${names}) VALUES (1, ${values})`);
  const { outputs, message } = await run({ cql: `SELECT ${names} FROM shop.types`, fetchType: "FETCH_ONE" });
  expect(message).toBeUndefined();
  expect(outputs!["row"]).toEqual(Object.fromEntries(TYPES.map(([, , shown], index) => [`c${index}`, shown])));
});

test("a counter is a number", async () => {
  await must("CREATE TABLE shop.hits (id int PRIMARY KEY, n counter)");
  await must("UPDATE shop.hits SET n = n + 5 WHERE id = 1");
  expect((await run({ cql: "SELECT n FROM shop.hits", fetchType: "FETCH_ONE" })).outputs!["row"]).toEqual({ n: 5 });
});

test("more rows than a page come, and each once", async () => {
  await must("CREATE TABLE shop.many (part int, id int, PRIMARY KEY (part, id))");
  for (let part = 0; part < 6; part += 1) {
    const inserts = Array.from(
      { length: 1_000 },
      (_, id) => `INSERT INTO shop.many (part, id) VALUES (${part}, ${id});`,
    );
    for (let at = 0; at < inserts.length; at += 250)
      await must(`BEGIN UNLOGGED BATCH ${inserts.slice(at, at + 250).join(" ")} APPLY BATCH`);
  }
  const { file, outputs } = await run({ cql: "SELECT part, id FROM shop.many", fetchType: "STORE" });
  expect(outputs!["size"]).toBe(6_000);
  expect(new Set(file!.trim().split("\n")).size).toBe(6_000);
});

test.each([
  ["SELECT * FROM shop.nothing", /^Cassandra refuses it: .*nothing/],
  ["SELEC 1", /^Cassandra refuses it: line 1:0 no viable alternative/],
  ["SELECT * FROM shop.orders; SELECT * FROM shop.orders", /^Cassandra refuses it: line 1/],
])("%s is refused", async (cql, message) => {
  const outcome = await run({ cql });
  expect([outcome.state, outcome.message]).toEqual(["FAILED", expect.stringMatching(message)]);
});

test.each([
  [{ password: "geheim" }, /^There is no connection to 127.0.0.1:\d+ as cassandra: .*Check `session`/],
  [
    { endpoints: [{ hostname: "127.0.0.1", port: 1 }], password: "geheim" },
    /^There is no connection to 127.0.0.1:1 as cassandra: .*ECONNREFUSED/,
  ],
  [{ localDatacenter: "elsewhere" }, /elsewhere/],
  [{ secureConnection: { truststorePath: "/geheim.jks" } }, /^`truststorePath` is no PEM/],
  [{ secureConnection: {} }, /^There is no connection to /],
])("with a session of %j there is none, and no password is shown", async (properties, message) => {
  const outcome = await run({ cql: "SELECT * FROM shop.orders", session: { ...server.session, ...properties } });
  expect([outcome.state, outcome.message]).toEqual(["FAILED", expect.stringMatching(message)]);
  expect(JSON.stringify([outcome.message, outcome.logs])).not.toContain("geheim");
});

test("without a data centre all servers are asked, and the first that answers is enough", async () => {
  const { localDatacenter: _unused, ...session } = server.session as JsonMap;
  const endpoints = [{ hostname: "127.0.0.1", port: 1 }, ...server.session.endpoints];
  const { outputs } = await run({ cql: "SELECT * FROM shop.orders", session: { ...session, endpoints } });
  expect(outputs).toEqual({ size: 3 });
});

test.concurrent("a server that says nothing is given up", async ({ expect: seen }) => {
  await using silent = await startSilentServer();
  const session = { ...server.session, endpoints: [{ hostname: "127.0.0.1", port: silent.port }] };
  const { message } = await run({ cql: "SELECT 1", session });
  seen(message).toMatch(/^There is no connection to 127.0.0.1:\d+ as cassandra: .*10000/);
  await silent.left();
}, 60_000);

test.concurrent("a kill while nobody answers ends the task at once, and the connection a little later", async ({
  expect: seen,
}) => {
  await using silent = await startSilentServer();
  const kill = new AbortController();
  const session = { ...server.session, endpoints: [{ hostname: "127.0.0.1", port: silent.port }] };
  const outcome = run({ cql: "SELECT 1", session }, { signal: kill.signal });
  await silent.connected;
  const since = performance.now();
  kill.abort();
  seen((await outcome).state).toBe("FAILED");
  seen(performance.now() - since).toBeLessThan(5_000);
  await silent.left();
}, 60_000);

/** Connections of an application, as the server tells them. */
async function connectionsOf(application: string): Promise<number> {
  const { outputs } = await run({ cql: "SELECT client_options FROM system_views.clients", fetchType: "FETCH" });
  const clients = outputs!["rows"] as readonly { readonly client_options: JsonMap | null }[];
  return clients.filter(({ client_options }) => client_options?.["APPLICATION_NAME"] === application).length;
}

test("a kill between pages ends the connection", async () => {
  const kill = new AbortController();
  await using world = createTestWorld({ signal: kill.signal });
  const session = { ...server.session, applicationName: "killed" };
  const context = world.context(query, { session, cql: "SELECT * FROM shop.many", fetchType: "STORE" });
  let seen = 0;
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const _piece of content) {
      seen = Math.max(seen, await connectionsOf("killed"));
      kill.abort();
    }
    return "kestra:///rows";
  };
  const outcome = query.run!({ ...context, files: { ...world.files, put } } as never);
  await expect(outcome).rejects.toThrow("aborted");
  expect(seen).toBeGreaterThan(0);
  await expect.poll(() => connectionsOf("killed"), { timeout: 30_000 }).toBe(0);
});

test("a trigger fires while there are rows", async () => {
  await must("CREATE TABLE shop.news (id int PRIMARY KEY, at timestamp)");
  await using world = createTestWorld();
  const properties = { session: server.session, cql: "SELECT * FROM shop.news", timeZoneId: "Asia/Tokyo" };
  expect(await world.poll(trigger, properties)).toBeUndefined();
  await must("INSERT INTO shop.news (id, at) VALUES (1, '2024-07-01T10:00:00Z')");
  expect(await world.poll(trigger, properties)).toEqual({
    variables: { rows: [{ id: 1, at: "2024-07-01T19:00:00+09:00" }], size: 1 },
  });
  await expect(world.poll(trigger, { ...properties, fetchType: "NONE" })).rejects.toThrow(
    "A trigger can't have `fetchType: NONE`",
  );
  await expect(world.poll(trigger, { ...properties, timeZoneId: "Nowhere" })).rejects.toThrow("which is no time zone");
});
