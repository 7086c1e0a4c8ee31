import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type LocalServer, pythonWith, startServer, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { taskOf, triggerOf } from "../../testing/task-of.ts";
import { pinotAddress } from "./address.ts";

/** Types; a value as the server writes it; as the client of Python shows it; and as it is put out. */
const VALUES: readonly (readonly [type: string, json: string, python: string, shown: unknown])[] = [
  ["INT", "1", "1", 1],
  ["LONG", "9007199254740993", "9007199254740993", "9007199254740993"],
  ["DOUBLE", "1.5", "1.5", 1.5],
  ["DOUBLE", '"NaN"', "'NaN'", "NaN"],
  ["BOOLEAN", "true", "True", true],
  ["STRING", '"ä\'"', '"ä\'"', "ä'"],
  ["STRING", "null", "None", null],
  ["TIMESTAMP", '"2024-03-01 10:00:00.5"', "datetime.datetime(2024, 3, 1, 10, 0, 0, 500000)", "2024-03-01T10:00:00.5"],
  ["JSON", '"{\\"a\\":[1]}"', "{'a': [1]}", { a: [1] }],
  ["BYTES", '"00ff10"', "'00ff10'", "AP8Q"],
  ["LONG_ARRAY", "[1,2]", "[1, 2]", [1, 2]],
  ["STRING_ARRAY", '["a"]', "['a']", ["a"]],
];
const ROW = Object.fromEntries(VALUES.map(([, , , shown], index) => [`c${index}`, shown]));

function tableOf(rows: readonly string[]): string {
  const columnNames = VALUES.map((_value, index) => `c${index}`);
  const dataSchema = JSON.stringify({ columnNames, columnDataTypes: VALUES.map(([type]) => type) });
  const counts = '"numServersQueried":1,"numServersResponded":1,"exceptions":[]';
  return `{"resultTable":{"dataSchema":${dataSchema},"rows":[${rows.join(",")}]},${counts}}`;
}

const ONE = tableOf([`[${VALUES.map(([, json]) => json).join(",")}]`]);

/** A controller that takes what Pinot takes, and answers statements with this. */
const answering = (body: string, status = 200): Promise<LocalServer> =>
  startServer((request, response) => {
    const isKnown = request.method === "POST" && ["/sql", "/query/sql"].includes(request.url ?? "");
    response.writeHead(isKnown ? status : 404, { "Content-Type": "application/json" }).end(isKnown ? body : "");
  });

const placeOf = (server: LocalServer) => ({ url: `jdbc:pinot://127.0.0.1:${server.port}`, sql: "SELECT 1" });

async function run(server: LocalServer, properties: JsonMap, kind = "Query", options: TestOptions = {}) {
  await using world = createTestWorld(options);
  return await world.run(taskOf(`pinot.${kind}`), { ...placeOf(server), ...properties });
}

test.each([
  [{ fetchType: "FETCH" }, { rows: [ROW], size: 1 }],
  [{ fetchType: "FETCH_ONE" }, { row: ROW, size: 1 }],
  [{}, { size: 1 }],
  [{ fetchType: "STORE" }, { uri: expect.stringMatching(/rows\.ion$/), size: 1 }],
])("a query with %j puts out what it says", async (how, outputs) => {
  await using server = await answering(ONE);
  expect(await run(server, how)).toEqual({ state: "SUCCESS", message: undefined, outputs });
});

const CLIENT = `
import json, sys
from pinotdb import connect
cursor = connect(host="127.0.0.1", port=int(sys.argv[1]), path="/query/sql").cursor()
cursor.execute("SELECT * FROM t")
print(json.dumps([repr(value) for value in cursor.fetchone()]))
`;

test("a client of Python makes the same of what is answered, and asks the same", async () => {
  await using server = await answering(ONE);
  const python = await pythonWith(["pinotdb==9.2.2"]);
  const { stdout } = await promisify(execFile)(python, ["-c", CLIENT, String(server.port)]);
  expect(JSON.parse(stdout)).toEqual(VALUES.map(([, , client]) => client));
  await run(server, { sql: "SELECT * FROM t" });
  const [theirs, ours] = server.received.map(({ body }) => JSON.parse(body) as JsonMap);
  expect(ours).toEqual({ sql: theirs!["sql"] });
}, 300_000);

test("values are literals of the statement, and who asks is told", async () => {
  await using server = await answering(ONE);
  const parameters = { a: "x'; y", b: 7, c: true, d: null };
  const sql = "SELECT * FROM t WHERE a = :a AND b = :b AND c = :c AND d = :d AND e = ':a';";
  await run(server, { sql, parameters, username: "ada", password: "pw" });
  const { headers, body, url } = server.received[0]!;
  expect([url, headers.authorization]).toEqual(["/sql", "Basic YWRhOnB3"]);
  expect(JSON.parse(body)).toEqual({
    sql: "SELECT * FROM t WHERE a = 'x''; y' AND b = 7 AND c = true AND d = NULL AND e = ':a'",
  });
});

test.each([
  [
    '{"exceptions":[{"errorCode":190,"message":"TableDoesNotExistError"}]}',
    200,
    "The database refuses it: TableDoesNotExistError (code 190)",
  ],
  [
    ONE.replace('"exceptions":[]', '"exceptions":[{"errorCode":427,"message":"1 servers did not respond"}]'),
    200,
    "The database refuses it: 1 servers did not respond (code 427)",
  ],
  ["[]", 200, "The server answered with what is no table. Check `url`."],
  ["down", 503, "The server answered with status 503: down"],
  ["", 401, "The server lets nobody in (status 401). Check who connects."],
])("the answer %j with status %s fails the task", async (body, status, message) => {
  await using server = await answering(body, status);
  const outcome = await run(server, { fetchType: "STORE", username: "ada", password: "s3cret" });
  expect(outcome).toMatchObject({ state: "FAILED", message });
});

test("an answer is limited in size", async () => {
  await using server = await startServer((_request, response) => {
    const piece = Buffer.alloc(1024 * 1024, " ");
    const more = (left: number): void => {
      if (left === 0) response.end("{}");
      else response.write(piece, () => more(left - 1));
    };
    more(65);
  });
  const { message } = await run(server, {});
  expect(message).toBe("The server answered with more than 67108864 bytes at once.");
});

test("statements of Queries are asked one after the other", async () => {
  await using server = await answering(ONE);
  const { outputs } = await run(server, { sql: "SELECT 1; SELECT 2", fetchType: "FETCH_ONE" }, "Queries");
  expect(outputs).toEqual({
    outputs: [
      { row: ROW, size: 1 },
      { row: ROW, size: 1 },
    ],
  });
});

test("a trigger fires for rows alone", async () => {
  await using world = createTestWorld();
  await using some = await answering(ONE);
  await using none = await answering(tableOf([]));
  const poll = (server: LocalServer) => world.poll(triggerOf("pinot.Trigger"), placeOf(server));
  expect(await poll(some)).toEqual({ variables: { rows: [ROW], size: 1 } });
  expect(await poll(none)).toBeUndefined();
});

test("a query that is killed is given up at once", async () => {
  const kill = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using server = await startServer((request) => {
    request.socket.once("close", () => closed.resolve());
    kill.abort();
  });
  const outcome = await run(server, {}, "Query", { signal: kill.signal });
  expect(outcome.state).toBe("FAILED");
  await closed.promise;
});

const log = { trace: noLine, debug: noLine, info: noLine, warn: noLine, error: noLine };
function noLine(): void {}

test.each([
  ["jdbc:pinot://localhost", "http://localhost:9000/sql"],
  ["jdbc:pinot://c:9443?scheme=https", "https://c:9443/sql"],
  ["jdbc:pinot://c:9000?brokers=b:8099,b2:8099", "http://b:8099/query/sql"],
])("%s is read", (url, endpoint) => {
  expect(pinotAddress({ url }, { log })).toEqual({ endpoint, user: undefined, password: undefined });
});

test.each(["jdbc:pinot://c?scheme=ftp", "jdbc:pinot://c?brokers=u:s3cret@b:1", "jdbc:mysql://u:s3cret@c"])(
  "%s is refused without showing it",
  (url) => {
    expect(() => pinotAddress({ url }, { log })).toThrow(/^`url` can't be used: (?!.*s3cret)/);
  },
);
