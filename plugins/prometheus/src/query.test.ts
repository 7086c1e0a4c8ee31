import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { readRecords } from "@capstan/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { push } from "./push.ts";
import { query } from "./query.ts";
import {
  eventually,
  startPrometheus,
  startPushgateway,
  type StartedServer,
  USER,
} from "./testing/prometheus-programs.ts";

let gateway: StartedServer;
let prometheus: StartedServer;

beforeAll(async () => {
  gateway = await startPushgateway();
  prometheus = await startPrometheus([
    { job: "pushgateway", address: new URL(gateway.url).host },
    { job: "nobody", address: "127.0.0.1:1" },
  ]);
  const metrics = [
    { name: "orders", value: 3, labels: { kind: "new" } },
    { name: "orders", value: "4.5", labels: { kind: "old" } },
    { name: "orders_ratio", value: "NaN" },
  ];
  await using world = createTestWorld();
  await world.run(push, { url: gateway.url, job: "shop", metrics });
  await eventually(async () => ((await asked({ query: "orders_ratio" })).outputs?.["total"] === 1 ? true : undefined));
}, 60_000);
afterAll(async () => {
  await prometheus[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

async function asked(properties: Record<string, unknown>) {
  await using world = createTestWorld();
  const { logs, metrics, files } = world;
  return { ...(await world.run(query, { url: prometheus.url, ...(properties as object) })), logs, metrics, files };
}

const labelsOf = (kind: string) => ({ __name__: "orders", job: "shop", kind });

describe("a result", () => {
  test("is a vector of the values at one time", async () => {
    const { outputs, logs, metrics } = await asked({ query: "sort(orders)", fetchType: "FETCH" });
    const timestamp = expect.any(Number) as number;
    expect(outputs).toEqual({
      resultType: "vector",
      total: 2,
      size: 2,
      metrics: [
        { labels: labelsOf("new"), timestamp, value: "3" },
        { labels: labelsOf("old"), timestamp, value: "4.5" },
      ],
    });
    expect(logs).toEqual([{ level: "INFO", message: "The query gave 2 samples (vector)." }]);
    expect(metrics).toEqual([{ name: "records", type: "counter", value: 2 }]);
  });

  test("of a range of time is each value in it", async () => {
    const { outputs } = await asked({ query: 'orders{kind="new"}[1h]', fetchType: "FETCH" });
    const { metrics, ...counts } = outputs as { metrics: { timestamp: number; value: string }[] };
    expect(counts).toEqual({ resultType: "matrix", total: metrics.length, size: metrics.length });
    expect(new Set(metrics.map(({ timestamp }) => timestamp)).size).toBe(metrics.length);
    expect(metrics.every(({ value }) => value === "3")).toBe(true);
  });

  test.each([
    ["scalar(sum(orders)) * 2", "scalar", "15"],
    ['"said \\"no\\""', "string", 'said "no"'],
    ["orders_ratio", "vector", "NaN"],
    ['orders{kind="new"} / 0', "vector", "+Inf"],
  ])("of %s is a %s", async (asking, resultType, value) => {
    const { outputs } = await asked({ query: asking, fetchType: "FETCH_ONE" });
    expect(outputs).toMatchObject({ resultType, total: 1, size: 1, metric: { value } });
  });
});

describe("samples", () => {
  test.each([
    [undefined, { total: 2, size: 2 }],
    ["NONE", { total: 2, size: 2 }],
    ["FETCH_ONE", { total: 2, size: 1, metric: expect.objectContaining({ value: "4.5" }) }],
  ])("are given as %s says", async (fetchType, expected) => {
    const { outputs } = await asked({ query: "sort_desc(orders)", ...(fetchType !== undefined && { fetchType }) });
    expect(outputs).toEqual({ resultType: "vector", ...expected });
  });

  test("are stored one a line", async () => {
    const { outputs, files } = await asked({ query: "sort(orders)", fetchType: "STORE" });
    expect(outputs).toEqual({ resultType: "vector", total: 2, size: 2, uri: expect.stringMatching(/\.ion$/) });
    const records = await Array.fromAsync(readRecords(await files.read(outputs!["uri"] as string)));
    expect(records.map(({ value }) => value)).toMatchObject([{ value: "3" }, { value: "4.5" }]);
  });

  test.each([
    ["FETCH", { metrics: [], size: 0 }],
    ["FETCH_ONE", { size: 0 }],
    ["STORE", { uri: expect.any(String), size: 0 }],
    ["NONE", { size: 0 }],
  ])("that are none are no failure, with %s", async (fetchType, expected) => {
    const { outputs } = await asked({ query: "absent_metric", fetchType });
    expect(outputs).toEqual({ resultType: "vector", total: 0, ...expected });
  });
});

test.each([
  ["epoch seconds", "1700000000.5", 1_700_000_000.5],
  ["RFC 3339", "2023-11-14T22:13:20.5+00:00", 1_700_000_000.5],
])("is asked for the time in %s", async (_name, time, timestamp) => {
  const { outputs } = await asked({ query: "time()", time, fetchType: "FETCH_ONE" });
  expect(outputs).toMatchObject({ metric: { timestamp, value: "1700000000.5" } });
});

test("an empty time is now", async () => {
  const { outputs } = await asked({ query: "time()", time: "", fetchType: "FETCH_ONE" });
  const { timestamp } = outputs!["metric"] as { timestamp: number };
  expect(Math.abs(timestamp - Date.now() / 1000)).toBeLessThan(60);
});

test.each([
  ["orders{kind=", undefined, /status 400 .*parse error: unexpected end of input/],
  ["up", "yesterday", /status 400 .*cannot parse \\"yesterday\\" to a valid timestamp/],
])("%s at %s is refused with the reason", async (asking, time, message) => {
  const outcome = await asked({ query: asking, ...(time !== undefined && { time }) });
  expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(message) });
});

describe("a server that wants a password", () => {
  let closed: StartedServer;
  beforeAll(async () => {
    closed = await startPrometheus([], { withPassword: true });
  }, 60_000);
  afterAll(() => closed[Symbol.asyncDispose]());

  const { username, password } = USER;
  test.each([
    ["as properties", { username, password }],
    ["in the options", { options: { auth: { type: "BASIC", username, password } } }],
    ["as properties, before those in the options", { ...USER, options: { basicAuthUser: "other" } }],
    [
      "in a header",
      { headers: { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` } },
    ],
  ])("takes it %s", async (_name, credentials) => {
    const { outputs } = await asked({ url: closed.url, query: "vector(1)", ...credentials });
    expect(outputs).toMatchObject({ total: 1 });
  });

  test.each([
    ["none", {}],
    ["a wrong one", { username, password: "close sesame" }],
    ["one without a name", { password }],
  ])("refuses %s, and it is not shown", async (_name, credentials) => {
    const { state, message } = await asked({ url: closed.url, query: "vector(1)", ...credentials });
    expect({ state, message }).toMatchObject({ state: "FAILED", message: expect.stringContaining("status 401") });
    expect(message).not.toContain("sesame");
  });
});

test.each([
  ["a path, and a slash at its end", "/prometheus/", "/prometheus/api/v1/query?query=up"],
  ["nothing but the host", "", "/api/v1/query?query=up"],
])("an address may have %s", async (_name, path, expected) => {
  const answer = { status: "success", data: { resultType: "vector", result: [] }, warnings: ["a store is away"] };
  await using server = await startServer((_request, response) => response.end(JSON.stringify(answer)));
  const { state, logs } = await asked({ url: `${server.url}${path}`, query: "up", headers: { "X-Scope": "a" } });
  expect(state).toBe("SUCCESS");
  expect(server.received).toMatchObject([{ url: expected, headers: { "x-scope": "a" } }]);
  expect(logs).toContainEqual({ level: "WARN", message: "Prometheus warns: a store is away" });
});

test.each(["{}", '{"data": {"resultType": "vector"}}', "null", "[]"])(
  "%s is no answer of Prometheus",
  async (answer) => {
    await using server = await startServer((_request, response) => response.end(answer));
    const { message } = await asked({ url: server.url, query: "up" });
    expect(message).toContain("Check that `url` is its address");
  },
);

test("a kill ends the waiting for an answer", async () => {
  const kill = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using server = await startServer((request) => {
    request.socket.once("close", () => closed.resolve());
    kill.abort(new Error("killed"));
  });
  await using world = createTestWorld({ signal: kill.signal });
  expect(await world.run(query, { url: server.url, query: "up" })).toMatchObject({
    state: "FAILED",
    message: "killed",
  });
  await closed.promise;
});
