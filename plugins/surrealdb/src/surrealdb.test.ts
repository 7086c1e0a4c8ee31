import type { JsonMap } from "@capstan/sdk";
import {
  createTestWorld,
  startServer,
  type StartedProgram,
  type TestOptions,
  type TestWorld,
} from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { setTimeout as delay } from "node:timers/promises";
import { query } from "./query.ts";
import { trigger } from "./trigger.ts";
import { PASSWORD, startSurrealdb, USER } from "./testing/surrealdb-server.ts";

let server: StartedProgram;
beforeAll(async () => {
  server = await startSurrealdb();
}, 600_000);
afterAll(() => server[Symbol.asyncDispose]());

let databases = 0;

/** A world, and a database of its own with two people. */
async function setup(options: TestOptions = {}) {
  databases += 1;
  const world = createTestWorld(options);
  const database = `shop_${databases}`;
  const credentials = { username: USER, password: PASSWORD };
  const place = { host: "127.0.0.1", port: server.port, namespace: "test", database, ...credentials };
  const run = (properties: JsonMap) => world.run(query, { ...place, ...properties });
  const filler = createTestWorld();
  const people = "CREATE person:1 SET name = 'ada', age = 36; CREATE person:2 SET name = 'bob', age = 20;";
  const made = await filler.run(query, { ...place, query: people, fetchType: "NONE" });
  if (made.state !== "SUCCESS") throw new Error(made.message);
  return { world, place, run, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

async function linesOf({ files }: TestWorld, uri: unknown): Promise<readonly unknown[]> {
  const lines = (await files.text(String(uri))).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as unknown);
}

const ADA = { id: "person:1", name: "ada", age: 36 };
const BOB = { id: "person:2", name: "bob", age: 20 };
const ALL = "SELECT * FROM person ORDER BY id";

test.each([
  [{ fetchType: "FETCH" }, { rows: [ADA, BOB], size: 2 }],
  [{ fetchType: "FETCH_ONE" }, { row: ADA, size: 1 }],
  [{ fetchType: "NONE" }, { size: 2 }],
])("a query with %j puts out what it says", async (how, outputs) => {
  await using it = await setup();
  expect(await it.run({ query: ALL, ...how })).toEqual({ state: "SUCCESS", message: undefined, outputs });
});

test("rows go into a file if nothing else is said", async () => {
  await using it = await setup();
  const { outputs } = await it.run({ query: ALL });
  expect(outputs).toEqual({ size: 2, uri: expect.stringMatching(/rows\.ion$/) });
  expect(await linesOf(it.world, outputs!["uri"])).toEqual([ADA, BOB]);
});

test("what all statements answer is taken together, and values are rows", async () => {
  await using it = await setup();
  const statements =
    "SELECT name FROM person:1; RETURN 5; RETURN NONE; RETURN ['x', { a: 1 }]; RETURN 9007199254740993;";
  const { outputs, message } = await it.run({ query: statements, fetchType: "FETCH" });
  expect(message).toBeUndefined();
  const rows = [{ name: "ada" }, { result: 5 }, { result: "x" }, { a: 1 }, { result: "9007199254740993" }];
  expect(outputs).toEqual({ rows, size: 5 });
});

test("parameters are values, whatever is in them", async () => {
  await using it = await setup();
  const nasty = "x'; DELETE person; --";
  const { outputs } = await it.run({
    query: "RETURN $name; SELECT VALUE name FROM person WHERE age = <int> $age; SELECT count() FROM person GROUP ALL",
    parameters: { name: nasty, age: 20 },
    fetchType: "FETCH",
  });
  expect(outputs).toEqual({ rows: [{ result: nasty }, { result: "bob" }, { count: 2 }], size: 3 });
});

test.each([
  ["THROW 'stop'", /^The database refuses it: .*stop/],
  ["RETURN 1; THROW 'stop'; RETURN 2", /^Statement 2 of 3: The database refuses it: .*stop/],
  ["CREATE;", /^The database refuses the query: .*[Pp]arse error/],
])("%s is refused, and told where", async (statement, message) => {
  await using it = await setup();
  expect(await it.run({ query: statement })).toMatchObject({
    state: "FAILED",
    message: expect.stringMatching(message),
  });
});

test("who may not come in is told without the password", async () => {
  await using it = await setup();
  const { message } = await it.run({ query: ALL, password: "not-this-one" });
  expect(message).toMatch(/^The query failed with status 401 .* — Check `username` and `password`/);
  expect(message).not.toContain("not-this-one");
});

test("a server that isn't there, and one that is another, are told", async () => {
  await using it = await setup();
  expect((await it.run({ query: ALL, port: 1 })).message).toMatch(
    /^POST http:\/\/127\.0\.0\.1:1\/rpc failed: the connection was refused/,
  );
  expect((await it.run({ query: ALL, host: "a b" })).message).toBe('`host` is "a b", which is no name of a host.');
  await using other = await startServer((_request, response) => void response.end('{"hello": 1}'));
  expect((await it.run({ query: ALL, port: other.port })).message).toMatch(
    /is no SurrealDB: check `host` and `port`\.$/,
  );
});

test("an answer that is larger than may be in memory is refused", async () => {
  await using it = await setup();
  await using large = await startServer((_request, response) => {
    for (let megabytes = 0; megabytes <= 32; megabytes += 1) response.write(" ".repeat(1_048_576));
    response.end("{}");
  });
  expect((await it.run({ query: ALL, port: large.port })).message).toMatch(
    /^The query was answered with more than 33554432 bytes\. Ask for less at once, with LIMIT and START\.$/,
  );
});

test("a query that is killed ends at once, with its connection", async () => {
  const kill = new AbortController();
  await using it = await setup({ signal: kill.signal });
  const asking = async () => Number(await (await fetch(`http://127.0.0.1:${server.port}/asking`)).text());
  const outcome = it.run({ query: "SLEEP 2s" });
  while ((await asking()) === 0) await delay(5);
  kill.abort();
  expect(await outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(/abort/) });
  while ((await asking()) > 0) await delay(5);
});

test("a trigger fires for rows until they are marked", async () => {
  await using it = await setup();
  const mark = "UPDATE person SET seen = true WHERE seen != true RETURN VALUE name";
  const properties = { ...it.place, query: mark, fetchType: "FETCH" };
  const event = await it.world.poll(trigger, properties);
  expect(event).toEqual({ variables: { rows: [{ result: "ada" }, { result: "bob" }], size: 2 } });
  expect(await it.world.poll(trigger, properties)).toBeUndefined();
  await expect(it.world.poll(trigger, { ...properties, fetchType: "NONE" })).rejects.toThrow(
    "A trigger can't have `fetchType: NONE`",
  );
});
