import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startServer, startSilentServer, type TestOptions } from "@capstan/sdk/test-kit";
import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { count } from "./executions/count.ts";
import { kill } from "./executions/kill.ts";
import { query } from "./executions/query.ts";
import { exportFlows } from "./flows/export.ts";
import { list as listFlows } from "./flows/list.ts";
import { fetch as fetchLogs } from "./logs/fetch.ts";
import { namespacesWithFlows } from "./namespaces/namespaces-with-flows.ts";
import { toggle } from "./triggers/toggle.ts";

type Handler = (
  url: URL,
  request: IncomingMessage,
) => { status?: number; headers?: Record<string, string>; body?: unknown };

const answering = (handler: Handler) =>
  startServer((request: IncomingMessage, response: ServerResponse) => {
    const { status = 200, headers = {}, body } = handler(new URL(request.url ?? "/", "http://server"), request);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });

async function run(task: TaskDefinition, properties: JsonMap, options: TestOptions = {}) {
  await using world = createTestWorld(options);
  return { ...(await world.run(task, properties)), logs: world.logs, masked: world.masked };
}

test.each([
  [undefined, undefined],
  [{}, undefined],
  [{ apiToken: "", username: " " }, undefined],
  [{ apiToken: " abc \n" }, "Bearer abc"],
  [
    { username: "reader@example.org", password: "pässword" },
    `Basic ${Buffer.from("reader@example.org:pässword").toString("base64")}`,
  ],
  [{ auto: true }, undefined],
])("with the credentials %j the server gets %j", async (auth, expected) => {
  await using server = await answering(() => ({ body: [] }));
  await run(namespacesWithFlows, { kestraUrl: server.url, ...(auth !== undefined && { auth }) });
  expect(server.received.map(({ headers }) => headers["authorization"])).toEqual([expected]);
});

test.each([
  [{ apiToken: "abc", username: "reader" }, "`auth` has a token and a name or a password: give one of the two ways."],
  [{ username: "reader" }, "`auth` needs a `username` and a `password`, and one of them is missing or empty."],
  [{ password: "secret-word" }, "`auth` needs a `username` and a `password`, and one of them is missing or empty."],
])("the credentials %j are refused", async (auth, expected) => {
  expect((await run(namespacesWithFlows, { kestraUrl: "http://127.0.0.1:9", auth })).message).toBe(expected);
});

test.each([
  [{}, "/api/v1/main/flows/distinct-namespaces"],
  [{ tenantId: "other" }, "/api/v1/other/flows/distinct-namespaces"],
  [{ tenantId: "" }, "/api/v1/main/flows/distinct-namespaces"],
])("with %j the path is %s", async (properties, path) => {
  await using server = await answering(() => ({ body: [] }));
  await run(namespacesWithFlows, { kestraUrl: `${server.url}/`, ...properties });
  expect(server.received.map(({ url }) => url)).toEqual([path]);
});

test("without an address it is the server that runs the flow", async () => {
  await using server = await answering(() => ({ body: ["company"] }));
  const variables = { kestra: { url: server.url } };
  expect((await run(namespacesWithFlows, {}, { variables })).outputs).toEqual({ namespaces: ["company"] });
});

test.each([{}, { kestraUrl: " " }])("with %j and no known address the message says what to set", async (properties) => {
  const { message } = await run(namespacesWithFlows, properties, { variables: { kestra: {} } });
  expect(message).toBe(
    "It is not known which server is meant: give `kestraUrl`, or let an operator set `server.url` to the address of this one.",
  );
});

test.each([
  ["since 2.0", ["/executions/e/actions/kill"], 200],
  ["before 2.0", ["/executions/e/actions/kill", "/executions/e/kill"], 404],
  ["that knows the path with another method", ["/executions/e/actions/kill", "/executions/e/kill"], 405],
])("a server %s is told by its own path", async (_which, paths, status) => {
  await using server = await answering((url) => ({ status: url.pathname.includes("/actions/") ? status : 202 }));
  const { state } = await run(kill, { kestraUrl: server.url, executionId: "e" });
  expect(state).toBe("SUCCESS");
  expect(server.received.map(({ url }) => url.replace(/^\/api\/v1\/main(.*)\?.*/, "$1"))).toEqual(paths);
});

test("a refusal is no reason to try another path", async () => {
  await using server = await answering(() => ({ status: 409, body: { message: "it has ended" } }));
  expect((await run(kill, { kestraUrl: server.url, executionId: "e" })).message).toContain("it has ended");
  expect(server.received).toHaveLength(1);
});

test("an operation that a server does later counts its triggers, too", async () => {
  await using server = await answering(() => ({ status: 202, body: { operationId: "o", totalItems: 2 } }));
  const { logs } = await run(toggle, { kestraUrl: server.url });
  expect(logs.at(-1)).toEqual({ level: "INFO", message: "Disabling triggers of company.team: 2." });
});

test("a rough count is told of", async () => {
  await using server = await answering(() => ({
    headers: { "capstan-total": "estimate" },
    body: { results: [{ id: "e" }], total: 1_000_000 },
  }));
  const { outputs, logs } = await run(count, { kestraUrl: server.url });
  expect(outputs).toEqual({ count: 1_000_000 });
  expect(logs).toEqual([
    {
      level: "WARN",
      message: "The server counted roughly: there are about 1000000 executions. Narrow the search for an exact number.",
    },
  ]);
});

/** Answers pages of these ids, of so many rows at most whatever is asked for. */
function paging(idsAt: (page: number) => readonly string[], perPage: number, headers = {}): Handler {
  return (url) => {
    const page = Number(url.searchParams.get("page"));
    const size = Math.min(perPage, Number(url.searchParams.get("size")));
    const ids = idsAt(page);
    const results = ids.slice((page - 1) * size, page * size).map((id) => ({ id, namespace: "n", timestamp: id }));
    return { headers, body: { results, total: ids.length } };
  };
}
const LETTERS = ["e", "d", "c", "b", "a"];

test.each([
  ["a server that gives less than it is asked for", 2, {}, 3],
  ["a page that is full to the last row", 5, {}, 1],
  ["a total that is an estimate", 5, { "capstan-total": "estimate" }, 2],
])("all rows come from %s", async (_what, perPage, headers, requests) => {
  await using server = await answering(paging(() => LETTERS, perPage, headers));
  const size = perPage === 2 ? 200 : 5;
  const { outputs } = await run(query, { kestraUrl: server.url, fetchType: "FETCH", size });
  expect(outputs).toMatchObject({ size: 5, rows: LETTERS.map((id) => ({ id })) });
  expect(server.received).toHaveLength(requests);
});

test("what starts while pages are read makes no execution come twice", async () => {
  await using server = await answering(paging((page) => (page === 1 ? LETTERS : ["f", ...LETTERS]), 2));
  const { outputs } = await run(query, { kestraUrl: server.url, fetchType: "FETCH", size: 2 });
  expect((outputs!["rows"] as { id: string }[]).map(({ id }) => id)).toEqual(LETTERS);
});

test("lines of a log that are alike all count", async () => {
  await using server = await answering(paging(() => ["a", "a", "a"], 1));
  expect((await run(fetchLogs, { kestraUrl: server.url })).outputs).toMatchObject({ size: 3 });
});

test("more flows than outputs hold are refused with what to do", async () => {
  const long = "x".repeat(600_000);
  await using server = await answering(() => ({
    body: [1, 2].map((id) => ({ id: String(id), namespace: "n", long })),
  }));
  const { message } = await run(listFlows, { kestraUrl: server.url, namespace: "n" });
  expect(message).toBe(
    "Listing flows found more than 1048576 characters of JSON, which is what outputs hold. Ask for one `namespace`, or use `flows.Export`.",
  );
});

test.each([
  ["a page for people", 302, { location: "/ui/login" }],
  ["something else", 200, {}],
])("%s is no answer", async (_what, status, headers) => {
  await using server = await answering(() => ({ status, headers, body: { hello: "there" } }));
  const { message } = await run(namespacesWithFlows, { kestraUrl: server.url });
  expect(message).toContain("Check that the address is that of the API.");
});

test("an archive that breaks off is not stored", async () => {
  await using server = await startServer((_request, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("PK", () => response.destroy());
  });
  await using world = createTestWorld();
  const { state } = await world.run(exportFlows, { kestraUrl: server.url });
  expect(state).toBe("FAILED");
  expect(world.files.uris()).toEqual([]);
});

test.each([
  ["a call", namespacesWithFlows],
  ["an archive", exportFlows],
])("%s that nobody answers ends when the task is killed", async (_what, task) => {
  await using server = await startSilentServer();
  const killed = new AbortController();
  const outcome = run(task, { kestraUrl: `http://127.0.0.1:${server.port}` }, { signal: killed.signal });
  await server.connected;
  killed.abort(new Error("killed"));
  expect((await outcome).state).toBe("FAILED");
  await server.left();
});
