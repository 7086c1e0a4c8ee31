import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type LocalServer, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { taskOf } from "./testing/task-of.ts";

type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown };

/** A server that answers each request with the next of these. */
async function answering(answers: readonly Answer[]): Promise<LocalServer> {
  const left = [...answers];
  return await startServer((_request, response) => {
    const { status = 200, headers = {}, body } = left.shift() ?? {};
    const type = typeof body === "string" ? "text/plain" : "application/json";
    response.writeHead(status, { "content-type": type, ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
  });
}

async function run(type: string, properties: JsonMap, signal?: AbortSignal) {
  await using world = createTestWorld(signal === undefined ? {} : { signal });
  return await world.run(taskOf(type), properties);
}

const sent = ({ received }: LocalServer) =>
  received.map(({ method, url, body }) => [method, url, body === "" ? undefined : (JSON.parse(body) as unknown)]);
const PAGE = { hits: { total: 7, hits: [] } };
const TABLE = {
  columns: [{ name: "id" }, { name: "total" }],
  values: [
    [1, 2.5],
    [2, null],
  ],
};
const ROWS = [
  { id: 1, total: 2.5 },
  { id: 2, total: null },
];

test("who asks is told by a user, or by headers, below a prefix", async () => {
  await using server = await answering([{ body: PAGE }, { body: PAGE }]);
  const hosts = [`${server.url}/`];
  const basicAuth = { username: "ada", password: "s3cret" };
  const first = await run("opensearch.Search", { connection: { hosts, basicAuth, pathPrefix: "/search/" } });
  expect(first).toMatchObject({ message: undefined, outputs: { rows: [], size: 0, total: 7 } });
  const headers = ["Authorization: ApiKey a:b==", "X-Team : data"];
  await run("elasticsearch.Search", {
    connection: { hosts, headers },
    indexes: ["a", "b-*"],
    request: {},
    routing: "r 1",
  });
  const [basic, key] = server.received;
  expect([basic!.url, basic!.headers.authorization]).toEqual(["/search/_search", "Basic YWRhOnMzY3JldA=="]);
  expect([key!.url, key!.headers.authorization, key!.headers["x-team"]]).toEqual([
    "/a,b-*/_search?routing=r+1",
    "ApiKey a:b==",
    "data",
  ]);
});

test.each([
  [{ hosts: [] }, /^`connection\.hosts` is empty/],
  [{ hosts: ["localhost:9200"] }, /is no address of a server/],
  [{ hosts: ["http://127.0.0.1:1"], headers: ["s3cret"] }, /^Header 1 of `connection\.headers` is none: write/],
])("the connection %j is refused", async (connection, message) => {
  const outcome = await run("opensearch.Search", { connection });
  expect(outcome.message).toMatch(message);
  expect(outcome.message).not.toContain("s3cret");
});

test("the next host is asked where the first can't be reached, and not where it fails", async () => {
  await using failing = await answering([{ status: 503, body: { error: "busy" } }]);
  await using working = await answering([{ body: PAGE }, { body: PAGE }]);
  const reached = await run("opensearch.Search", { connection: { hosts: ["http://127.0.0.1:1", working.url] } });
  expect(reached.state).toBe("SUCCESS");
  const { message } = await run("opensearch.Search", { connection: { hosts: [failing.url, working.url] } });
  expect(message).toMatch(/^The search failed with status 503 .*busy/);
  expect(working.received).toHaveLength(1);
});

test.each([
  [401, "Check `connection.basicAuth`, or the key in `connection.headers`."],
  [403, "Check what the user may do."],
  [429, "The server has too much to do: send less at once, or later with a `retry`."],
])("a status %s comes with advice, and without the password", async (status, advice) => {
  await using server = await answering([{ status, body: {} }]);
  const connection = { hosts: [server.url], basicAuth: { username: "ada", password: "s3cret" } };
  const { message } = await run("opensearch.Search", { connection });
  expect(message).toMatch(new RegExp(`^The search failed with status ${status} .* — ${RegExp.escape(advice)}$`));
  expect(message).not.toContain("s3cret");
});

test("what is deprecated fails where it is forbidden", async () => {
  const headers = { warning: '299 Elasticsearch-8.1 "use something newer"' };
  await using server = await answering([
    { headers, body: PAGE },
    { headers, body: PAGE },
  ]);
  const ask = (strictDeprecationMode: boolean) =>
    run("elasticsearch.Search", { connection: { hosts: [server.url], strictDeprecationMode }, request: {} });
  expect((await ask(false)).state).toBe("SUCCESS");
  expect((await ask(true)).message).toBe(
    "The search uses what is deprecated, which `strictDeprecationMode` forbids: use something newer",
  );
});

test("an answer that is larger than may be in memory is refused", async () => {
  await using server = await startServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    for (let megabytes = 0; megabytes <= 32; megabytes += 1) response.write(" ".repeat(1_048_576));
    response.end("{}");
  });
  const { message } = await run("opensearch.Search", { connection: { hosts: [server.url] } });
  expect(message).toMatch(/^The search was answered with more than 33554432 bytes\. Ask for less at once/);
});

test("a search that is killed ends at once", async () => {
  const kill = new AbortController();
  await using server = await startServer(() => kill.abort());
  const outcome = await run("opensearch.Search", { connection: { hosts: [server.url] } }, kill.signal);
  expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(/abort/) });
});

test.each([
  [{ fetchType: "FETCH" }, { rows: ROWS, size: 2, total: 2 }],
  [{ fetchType: "FETCH_ONE" }, { row: ROWS[0], size: 1, total: 2 }],
])("ES|QL with %j makes rows of a table", async (how, outputs) => {
  await using server = await answering([{ body: TABLE }]);
  const query = { query: "FROM orders | WHERE a == ?", params: ["x"], filter: '{"term":{"b":1}}' };
  const outcome = await run("elasticsearch.Esql", { connection: { hosts: [server.url] }, ...query, ...how });
  expect(outcome).toEqual({ state: "SUCCESS", message: undefined, outputs });
  expect(sent(server)).toEqual([
    ["POST", "/_query", { query: query.query, params: ["x"], filter: { term: { b: 1 } } }],
  ]);
});

test("columns of ES|QL become rows", async () => {
  await using server = await answering([
    {
      body: {
        ...TABLE,
        values: [
          [1, 2],
          [2.5, null],
        ],
      },
    },
  ]);
  const properties = { connection: { hosts: [server.url] }, query: "FROM orders", columnar: true };
  expect((await run("elasticsearch.Esql", properties)).outputs).toMatchObject({ rows: ROWS });
  expect(sent(server)[0]).toEqual(["POST", "/_query", { query: "FROM orders", columnar: true }]);
});

test("ES|QL that runs on its own is asked for until it is done, and forgotten", async () => {
  await using server = await answering([
    { body: { id: "q=/1", is_running: true } },
    { body: { ...TABLE, id: "q=/1" } },
  ]);
  const properties = { connection: { hosts: [server.url] }, query: "FROM orders", async: true };
  expect((await run("elasticsearch.Esql", properties)).outputs).toMatchObject({ rows: ROWS });
  expect(sent(server)).toEqual([
    ["POST", "/_query/async", { query: "FROM orders", wait_for_completion_timeout: "30s" }],
    ["GET", "/_query/async/q%3D%2F1?wait_for_completion_timeout=30s", undefined],
    ["DELETE", "/_query/async/q%3D%2F1", undefined],
  ]);
});

test("ES|QL that is killed while it runs on its own is ended on the server", async () => {
  const kill = new AbortController();
  await using server = await startServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.method === "GET") kill.abort();
    response.end('{"id":"q1","is_running":true}');
  });
  const properties = { connection: { hosts: [server.url] }, query: "FROM orders", async: true };
  expect((await run("elasticsearch.Esql", properties, kill.signal)).state).toBe("FAILED");
  expect(server.received.at(-1)).toMatchObject({ method: "DELETE", url: "/_query/async/q1" });
});

test("PPL makes rows of an answer", async () => {
  const body = { schema: [{ name: "id" }, { name: "sum(total)", alias: "total" }], datarows: TABLE.values, total: 2 };
  await using server = await answering([{ body }]);
  const properties = { connection: { hosts: [server.url] }, query: "source=orders", fetchSize: 50 };
  expect((await run("opensearch.Ppl", properties)).outputs).toEqual({ rows: ROWS, size: 2, total: 2 });
  expect(sent(server)).toEqual([["POST", "/_plugins/_ppl?format=jdbc", { query: "source=orders", fetch_size: 50 }]]);
});

test("PPL in CSV is a text", async () => {
  await using server = await answering([{ body: "id,total\n1,2.5\n" }]);
  const properties = { connection: { hosts: [server.url] }, query: "source=orders", format: "CSV" };
  expect((await run("opensearch.Ppl", properties)).outputs).toEqual({ text: "id,total\n1,2.5\n" });
  expect(server.received[0]!.url).toBe("/_plugins/_ppl?format=csv");
});
