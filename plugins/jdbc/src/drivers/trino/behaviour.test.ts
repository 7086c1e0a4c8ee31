import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, pythonWith, startServer, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { taskOf } from "../../testing/task-of.ts";
import { ENDLESS, type Scripted, startTrino, type TrinoServer } from "../../testing/trino-server.ts";
import { ALL_TYPES, ANSWERS, PYTHON, SHOWN } from "../../testing/trino-values.ts";
import { until } from "../../testing/until.ts";
import { trinoAddress } from "./address.ts";

async function start(scripted: Scripted = {}): Promise<TrinoServer> {
  const server = await startTrino(scripted);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function run(place: JsonMap, properties: JsonMap, kind = "Query", options: TestOptions = {}) {
  await using world = createTestWorld(options);
  return await world.run(taskOf(`trino.${kind}`), { ...place, fetchType: "FETCH", ...properties });
}

test("values of all types are read", async () => {
  const server = await start(ANSWERS);
  expect((await run(server.place, { sql: ALL_TYPES })).outputs).toEqual({ rows: [SHOWN], size: 1 });
});

test("points in time are shown in a zone", async () => {
  const server = await start(ANSWERS);
  const { outputs } = await run(server.place, { sql: ALL_TYPES, timeZoneId: "Asia/Tokyo", fetchType: "FETCH_ONE" });
  expect(outputs!["row"]).toMatchObject({ c12: "2024-07-01T19:00:00.25+09:00", c13: "2024-07-01T19:00:00+09:00" });
  expect(server.received[0]!.headers["x-trino-time-zone"]).toBe("Asia/Tokyo");
});

const CLIENT = `
import json, sys, trino
connection = trino.dbapi.connect(host="127.0.0.1", port=int(sys.argv[1]), user="ada", catalog="memory", schema="shop", http_scheme="http")
def ask(sql, values=None):
    cursor = connection.cursor()
    cursor.execute(sql, values)
    return cursor.fetchall()
print(json.dumps({
    "types": [repr(value) for value in ask(sys.argv[2])[0]],
    "bound": [str(value) for value in ask("SELECT ? AS a, ? AS b, ? AS c, ? AS d", ["x'y", 7, True, None])[0]],
    "many": len(ask("SELECT range AS i FROM range(3000)")),
}))
`;

test("Trino's own client gets along with the stand-in, and makes the same of it", async () => {
  const server = await start(ANSWERS);
  const python = await pythonWith(["trino==0.340.0", "tzdata==2025.2"]);
  const port = new URL(server.url).port;
  const { stdout } = await promisify(execFile)(python, ["-c", CLIENT, port, ALL_TYPES]);
  const theirs = JSON.parse(stdout) as { types: readonly string[]; bound: readonly string[]; many: number };
  expect(theirs).toEqual({ types: PYTHON, bound: ["x'y", "7", "true", "None"], many: 3_000 });
  const statement = ({ body }: { body: string }) => body.startsWith("EXECUTE IMMEDIATE") && body.includes("USING");
  const asked = server.received.find(statement)!.body;
  const parameters = { a: "x'y", b: 7, c: true, d: null };
  await run(server.place, { sql: "SELECT :a AS a, :b AS b, :c AS c, :d AS d", parameters });
  const here = server.received.findLast(statement)!.body;
  expect(here.replaceAll(/,\s*/gu, ",")).toBe(asked.replaceAll(/,\s*/gu, ","));
}, 300_000);

test("who asks, and what statements begin with, goes with each of them", async () => {
  const server = await start();
  await run({ url: `${String(server.place["url"])}?clientTags=a,b`, username: "äda" }, { sql: "SELECT 1" });
  const { headers, method, url } = server.received[0]!;
  expect([method, url, Buffer.from(String(headers["x-trino-user"]), "latin1").toString()]).toEqual([
    "POST",
    "/v1/statement",
    "äda",
  ]);
  expect(headers).toMatchObject({
    "x-trino-catalog": "memory",
    "x-trino-schema": "shop",
    "x-trino-source": "capstan",
    "x-trino-client-tags": "a,b",
    "x-trino-client-capabilities": "PARAMETRIC_DATETIME",
  });
});

test("what a statement sets, those behind it have", async () => {
  const server = await start({
    "USE hive.web": { updateType: "USE", headers: { "X-Trino-Set-Catalog": "hive", "X-Trino-Set-Schema": "web" } },
    "SET SESSION a = 'x,y'": { updateType: "SET SESSION", headers: { "X-Trino-Set-Session": "a=x%2Cy" } },
    "SET ROLE admin": { updateType: "SET ROLE", headers: { "X-Trino-Set-Role": "hive=ROLE%7Badmin%7D" } },
    "RESET SESSION a": { updateType: "RESET SESSION", headers: { "X-Trino-Clear-Session": "a" } },
  });
  const sql = "USE hive.web; SET SESSION a = 'x,y'; SET ROLE admin; SELECT 1; RESET SESSION a; SELECT 2";
  expect((await run(server.place, { sql }, "Queries")).message).toBeUndefined();
  const asked = (statement: string) => server.received.find(({ body }) => body === statement)!.headers;
  const place = { "x-trino-catalog": "hive", "x-trino-schema": "web", "x-trino-role": "hive=ROLE%7Badmin%7D" };
  expect(asked("SELECT 1")).toMatchObject({ ...place, "x-trino-session": "a=x%2Cy" });
  expect(asked("SELECT 2")).toMatchObject(place);
  expect(asked("SELECT 2")["x-trino-session"]).toBeUndefined();
});

test("a statement that is killed is ended on the server", async () => {
  const server = await start();
  const kill = new AbortController();
  const outcome = run(server.place, { sql: ENDLESS }, "Query", { signal: kill.signal });
  await until(async () => server.received.length > 1);
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
  await until(async () => server.ended() === 1);
  expect(server.open()).toBe(0);
});

test("a statement whose rows nobody reads on is ended on the server", async () => {
  const server = await start();
  const { outputs } = await run(server.place, { sql: "SELECT range AS i FROM range(50000)", fetchType: "FETCH_ONE" });
  expect(outputs).toEqual({ row: { i: 0 }, size: 1 });
  expect([server.ended(), server.open()]).toEqual([1, 0]);
});

test("a busy server is asked again", async () => {
  const server = await start();
  server.fail(503, 502, 429);
  const outcome = await run(server.place, { sql: "SELECT 1 AS a" });
  expect(outcome).toMatchObject({ message: undefined, outputs: { rows: [{ a: 1 }] } });
});

test.each([
  [Array.from({ length: 8 }, () => 503), /^The server answered with status 503: without words of Trino\. Check host/],
  [[401], "The server lets nobody in (status 401). Check who connects."],
  [[500], /^The server answered with status 500: /],
])("answers with %j fail the task", async (statuses, message) => {
  const server = await start();
  server.fail(...statuses);
  expect((await run(server.place, { sql: "SELECT 1" })).message).toMatch(message);
});

test("the next page is asked of the server alone", async () => {
  await using other = await startServer((_request, response) => void response.end());
  await using server = await startServer(
    (_request, response) => void response.end(JSON.stringify({ id: "x", nextUri: `${other.url}/v1/statement/x` })),
  );
  const url = `jdbc:trino://${new URL(server.url).host}`;
  const { message } = await run({ url, username: "ada" }, { sql: "SELECT 1" });
  expect(message).toMatch(/^The server named an address that is none of its own\./);
  expect(other.received).toEqual([]);
});

const log = { trace: noLine, debug: noLine, info: noLine, warn: noLine, error: noLine };
function noLine(): void {}
const read = (url: string, properties = {}) => trinoAddress({ url, username: "ada", ...properties }, { log });

test.each([
  ["jdbc:trino://t:8080/hive/shop", "http://t:8080", "hive", "shop"],
  ["jdbc:trino://t:8443/hive?SSL=true", "https://t:8443", "hive", undefined],
  ["jdbc:trino://t:443", "https://t:443", undefined, undefined],
  ["jdbc:trino://t?SSL=true", "https://t:443", undefined, undefined],
  ["jdbc:trino://t", "http://t:80", undefined, undefined],
])("%s is read", (url, origin, catalog, schema) => {
  expect(read(url)).toMatchObject({ origin, catalog, schema, trustsAllCertificates: false });
});

test("secrets of the address are masked, and sent over TLS alone", () => {
  const masked: string[] = [];
  const mask = (value: string) => void masked.push(value);
  const url = "jdbc:trino://t:8443?SSL=true&SSLVerification=NONE&user=bob&password=p%40w&accessToken=tok";
  expect(trinoAddress({ url }, { log, mask })).toMatchObject({
    user: "bob",
    password: "p@w",
    accessToken: "tok",
    trustsAllCertificates: true,
  });
  expect(masked).toEqual(["p@w", "tok"]);
  expect(() => read("jdbc:trino://t:8080", { password: "s3cret" })).toThrow(
    /^A password is sent over TLS alone(?!.*s3cret)/,
  );
  expect(() => read("jdbc:trino://t", { username: undefined })).toThrow("Nobody is named who asks: give `username`.");
});
