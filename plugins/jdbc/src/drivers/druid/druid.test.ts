import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type LocalServer, startServer, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { taskOf, triggerOf } from "../../testing/task-of.ts";
import { until } from "../../testing/until.ts";
import { druidAddress } from "./address.ts";

const HEAD = `["at","n","big","f","s"]\n["LONG","LONG","LONG","DOUBLE","STRING"]\n["TIMESTAMP","BIGINT","BIGINT","DOUBLE","VARCHAR"]\n`;
const ROWS = `["2024-03-01T10:00:00.500Z",1,9007199254740993,"NaN","ä"]\n[null,2,0,1.5,null]\n`;
const FIRST = { at: "2024-03-01T10:00:00.5Z", n: 1, big: "9007199254740993", f: "NaN", s: "ä" };
const SECOND = { at: null, n: 2, big: 0, f: 1.5, s: null };
const WHOLE = `${HEAD}${ROWS}\n`;

/** A server that takes what Druid takes, and answers statements with this. */
const answering = (body: string, status = 200): Promise<LocalServer> =>
  startServer((request, response) => {
    const isKnown = request.url?.startsWith("/druid/v2/sql") === true;
    response.writeHead(isKnown ? status : 404).end(isKnown ? body : "");
  });

async function run(server: LocalServer, properties: JsonMap, kind = "Query", options: TestOptions = {}) {
  await using world = createTestWorld(options);
  const url = `jdbc:avatica:remote:url=${server.url}/druid/v2/sql/avatica/;transparent_reconnection=true`;
  return await world.run(taskOf(`druid.${kind}`), { url, sql: "SELECT 1", ...properties });
}

test.each([
  [{ fetchType: "FETCH" }, { rows: [FIRST, SECOND], size: 2 }],
  [{ fetchType: "FETCH_ONE" }, { row: FIRST, size: 1 }],
  [{}, { size: 2 }],
  [{ fetchType: "STORE" }, { uri: expect.stringMatching(/rows\.ion$/), size: 2 }],
])("a query with %j puts out what it says", async (how, outputs) => {
  await using server = await answering(WHOLE);
  expect(await run(server, how)).toEqual({ state: "SUCCESS", message: undefined, outputs });
});

test("points in time are shown in a zone", async () => {
  await using server = await answering(WHOLE);
  const { outputs } = await run(server, { fetchType: "FETCH_ONE", timeZoneId: "Europe/Paris" });
  expect(outputs).toMatchObject({ row: { at: "2024-03-01T11:00:00.5+01:00" } });
});

test("values are sent beside the statement, with their types and who asks", async () => {
  await using server = await answering(WHOLE);
  const parameters = { a: "x'y", b: 7, c: 1.5, d: true, e: null };
  const sql = "SELECT :a, :b, :c, :d, :e, ':a' FROM t WHERE s = :a;";
  await run(server, { sql, parameters, username: "ada", password: "pw" });
  const { headers, body, url } = server.received[0]!;
  expect([url, headers.authorization]).toEqual(["/druid/v2/sql", "Basic YWRhOnB3"]);
  expect(JSON.parse(body)).toEqual({
    query: "SELECT ?, ?, ?, ?, ?, ':a' FROM t WHERE s = ?",
    resultFormat: "arrayLines",
    header: true,
    typesHeader: true,
    sqlTypesHeader: true,
    parameters: [
      { type: "VARCHAR", value: "x'y" },
      { type: "BIGINT", value: 7 },
      { type: "DOUBLE", value: 1.5 },
      { type: "BOOLEAN", value: true },
      { type: "VARCHAR", value: null },
      { type: "VARCHAR", value: "x'y" },
    ],
    context: { sqlQueryId: expect.stringMatching(/^[\da-f-]{36}$/) },
  });
});

test.each([
  [`${HEAD}${ROWS}`, 200, /^The connection to the database is lost: the answer was broken off/],
  [
    '{"error":"druidException","errorMessage":"Column \'x\' not found"}',
    400,
    "The database refuses it: Column 'x' not found (status 400)",
  ],
  ["", 401, "The server lets nobody in (status 401). Check who connects."],
])("the answer %j with status %s fails the task", async (body, status, message) => {
  await using server = await answering(body, status);
  const outcome = await run(server, { fetchType: "STORE", username: "ada", password: "s3cret" });
  expect(outcome.state).toBe("FAILED");
  expect(outcome.message).toMatch(message);
  expect(outcome.message).not.toContain("s3cret");
});

test("statements of Queries are asked one after the other", async () => {
  await using server = await answering(WHOLE);
  const { outputs } = await run(server, { sql: "SELECT 1; SELECT 2", fetchType: "FETCH_ONE" }, "Queries");
  expect(outputs).toEqual({
    outputs: [
      { row: FIRST, size: 1 },
      { row: FIRST, size: 1 },
    ],
  });
  expect(server.received.map(({ body }) => (JSON.parse(body) as { query: string }).query)).toEqual([
    "SELECT 1",
    "SELECT 2",
  ]);
});

test("a trigger fires for rows alone", async () => {
  await using world = createTestWorld();
  await using some = await answering(WHOLE);
  await using none = await answering(`${HEAD}\n`);
  const poll = (server: LocalServer) =>
    world.poll(triggerOf("druid.Trigger"), { url: `jdbc:avatica:remote:url=${server.url}`, sql: "SELECT 1" });
  expect(await poll(some)).toEqual({ variables: { rows: [FIRST, SECOND], size: 2 } });
  expect(await poll(none)).toBeUndefined();
});

test("a query that is killed is ended on the server", async () => {
  const kill = new AbortController();
  await using server = await startServer((request, response) => {
    if (request.method === "POST") response.write(`${HEAD}${ROWS}`, () => kill.abort());
    else response.end();
  });
  const outcome = await run(server, { fetchType: "STORE" }, "Query", { signal: kill.signal });
  expect(outcome.state).toBe("FAILED");
  await until(async () => server.received.length === 2);
  const { sqlQueryId } = (JSON.parse(server.received[0]!.body) as { context: { sqlQueryId: string } }).context;
  expect(server.received[1]).toMatchObject({ method: "DELETE", url: `/druid/v2/sql/${sqlQueryId}` });
});

test.each([
  ["jdbc:avatica:remote:url=http://localhost:8888/druid/v2/sql/avatica/", "http://localhost:8888/druid/v2/sql", {}],
  [
    "jdbc:avatica:remote:url=https://d/x/druid/v2/sql/avatica-protobuf/;serialization=protobuf;sqlTimeZone=Etc/UTC",
    "https://d/x/druid/v2/sql",
    { sqlTimeZone: "Etc/UTC" },
  ],
])("%s is read", (url, endpoint, settings) => {
  expect(druidAddress({ url }, {})).toMatchObject({ endpoint, settings, user: undefined });
});

test("the address may tell who asks, and its password is masked", () => {
  const masked: string[] = [];
  const url = "jdbc:avatica:remote:url=http://d;user=ada;password=s3=cret";
  const address = druidAddress({ url }, { mask: (value) => void masked.push(value) });
  expect([address.user, address.password, masked]).toEqual(["ada", "s3=cret", ["s3=cret"]]);
});

test.each(["jdbc:druid://u:s3cret@d", "jdbc:avatica:remote:url=http://u:s3cret@d/"])(
  "%s is refused without showing it",
  (url) => {
    expect(() => druidAddress({ url }, {})).toThrow(/^`url` can't be used: (?!.*s3cret)/);
  },
);
