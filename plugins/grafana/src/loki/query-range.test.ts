import { FETCHED_CHARACTERS_MAX } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { startLoki, type TestLoki } from "../testing/loki.ts";
import { linesQuery } from "./lines-query.ts";
import { queryRange } from "./query-range.ts";

const SECOND = 1_000_000_000n;
const MINUTE = 60n * SECOND;

async function asked(properties: Record<string, unknown>, task = queryRange) {
  await using world = createTestWorld();
  return { ...(await world.run(task, properties as never)), logs: world.logs, metrics: world.metrics };
}

/** Three lines of two streams, which lie between each other by a nanosecond. */
async function startWithLines(): Promise<TestLoki> {
  const loki = await startLoki();
  await loki.push(
    { at: 1n, line: "error one", labels: { app: "api" } },
    { at: 2n, line: "error two", labels: { app: "web" } },
    { at: 3n, line: "error three", labels: { app: "api" } },
    { at: 3n, line: "fine", labels: { app: "web" } },
  );
  return loki;
}

const texts = (outputs: unknown) => (outputs as { logs: { line: string }[] }).logs.map(({ line }) => line);

describe("lines", () => {
  test("have their times to the nanosecond, and their labels", async () => {
    await using loki = await startWithLines();
    const query = `{${loki.selector}, app="api"} |= "error"`;
    const { outputs, logs, metrics } = await asked({ url: `${loki.url}/`, query });
    expect(outputs).toEqual({
      resultType: "streams",
      logs: [
        { timestamp: loki.timestamp(3n), line: "error three", labels: expect.objectContaining({ app: "api" }) },
        { timestamp: loki.timestamp(1n), line: "error one", labels: expect.objectContaining({ app: "api" }) },
      ],
    });
    expect(logs).toEqual([{ level: "INFO", message: "Loki gave 2 entries (streams)." }]);
    expect(metrics).toEqual([{ name: "records", type: "counter", value: 2 }]);
  });

  test.each([
    ["BACKWARD", 100, ["error three", "error two", "error one"]],
    ["BACKWARD", 2, ["error three", "error two"]],
    ["FORWARD", 100, ["error one", "error two", "error three"]],
    ["FORWARD", 1, ["error one"]],
  ])("of all streams come in one order: %s, %d at most", async (direction, limit, expected) => {
    await using loki = await startWithLines();
    const { outputs } = await asked({ url: loki.url, query: `{${loki.selector}} |= "error"`, direction, limit });
    expect(texts(outputs)).toEqual(expected);
  });

  test.each([
    [{ start: 2n }, ["error two", "error three"]],
    [{ end: 3n }, ["error one", "error two"]],
    [{ start: 2n, end: 3n }, ["error two"]],
    [{ end: MINUTE, since: "1m" }, ["error one", "error two", "error three"]],
    [{ end: MINUTE + 3n, since: "1m" }, ["error three"]],
  ])(
    "are those of the time asked for: %o",
    async ({ start, end, since }: { start?: bigint; end?: bigint; since?: string }, expected) => {
      await using loki = await startWithLines();
      const range = {
        ...(start !== undefined && { start: loki.timestamp(start) }),
        ...(end !== undefined && { end: loki.timestamp(end) }),
        ...(since !== undefined && { since }),
      };
      const query = `{${loki.selector}} |= "error"`;
      const { outputs } = await asked({ url: loki.url, query, direction: "FORWARD", ...range });
      expect(texts(outputs)).toEqual(expected);
    },
  );

  test("may be asked for with dates of any zone, and empty texts are as if not given", async () => {
    await using loki = await startWithLines();
    const start = new Date(loki.epoch).toISOString().replace("Z", "000+00:00");
    const query = `{${loki.selector}} != "error"`;
    const { outputs } = await asked({ url: loki.url, query, start, end: "", since: "", tenantId: "", authToken: "" });
    expect(texts(outputs)).toEqual(["fine"]);
  });

  test("that are none are no failure", async () => {
    await using loki = await startLoki();
    const { outputs } = await asked({ url: loki.url, query: `{${loki.selector}}` });
    expect(outputs).toEqual({ resultType: "streams", logs: [] });
  });
});

test("values come series by series", async () => {
  await using loki = await startWithLines();
  const query = `sum(count_over_time({${loki.selector}} |= "error" [5m]))`;
  const range = { start: loki.timestamp(0n), end: loki.timestamp(2n * MINUTE), step: "1m" };
  const { outputs } = await asked({ url: loki.url, query, ...range });
  const { logs, resultType } = outputs as {
    logs: { timestamp: string; value: string; labels: object }[];
    resultType: string;
  };
  expect(resultType).toBe("matrix");
  expect(logs.map(({ value }) => value)).toEqual(["3", "3"]);
  const seconds = loki.epoch / 1_000;
  expect(logs.map(({ timestamp }) => timestamp)).toEqual([String(seconds + 60), String(seconds + 120)]);
});

test("the type of flows without the Grafana plugin gives the lines as texts as well", async () => {
  await using loki = await startWithLines();
  const properties = { url: loki.url, query: `{${loki.selector}} |= "error"`, start: loki.timestamp(2n) };
  const { outputs } = await asked(properties, linesQuery);
  expect(outputs).toMatchObject({ results: ["error three", "error two"], resultType: "streams" });
  expect(texts(outputs)).toEqual(["error three", "error two"]);
  const query = `sum(count_over_time({${loki.selector}} |= "error" [5m]))`;
  const range = { start: loki.timestamp(0n), end: loki.timestamp(MINUTE), step: "1m" };
  const values = await asked({ ...properties, query, ...range }, linesQuery);
  expect(values.outputs).toMatchObject({ results: ["3"], resultType: "matrix" });
});

test.each([
  [
    { query: "no log query" },
    /^The query of Loki failed with status 400 and the body: parse error at line 1, col \d+: syntax error/,
  ],
  [{ limit: 5_001 }, /max entries limit per query exceeded, limit > max_entries_limit_per_query \(5001 > 5000\)/],
  [{ start: "yesterday" }, /yesterday/],
])("%j is refused with the reason", async (properties, message) => {
  await using loki = await startLoki();
  const outcome = await asked({ url: loki.url, query: `{${loki.selector}}`, ...properties });
  expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(message) });
});

test.each([
  [{ limit: 0 }, "Property `limit`"],
  [{ direction: "UP" }, "Property `direction`: expected one of FORWARD, BACKWARD"],
  [{ connectTimeout: "PT1S" }, "Property `connectTimeout`: expected a whole number"],
])("of %j nothing is sent", async (properties, message) => {
  await using server = await startServer((_request, response) => response.end());
  const outcome = await asked({ url: server.url, query: "{}", ...properties });
  expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
  expect(server.received).toEqual([]);
});

/** The answer of a Loki that has one line. */
const answerOf = (line: string) =>
  JSON.stringify({
    data: { resultType: "streams", result: [{ stream: {}, values: [["1700000000000000001", line]] }] },
  });

test("token and tenant go with the query, and no message shows the token", async () => {
  await using server = await startServer((_request, response) => response.writeHead(401).end("no org id\n"));
  const { message } = await asked({ url: server.url, query: '{a="b"}', authToken: "tok1", tenantId: "a|b" });
  expect(server.received[0]!.headers).toMatchObject({ authorization: "Bearer tok1", "x-scope-orgid": "a|b" });
  expect(message).toBe("The query of Loki failed with status 401 and the body: no org id");
});

test("credentials in the address go with the query, and no message shows them", async () => {
  await using server = await startServer((_request, response) => response.writeHead(403).end("no"));
  const url = server.url.replace("//", "//user:pw1@");
  const { message } = await asked({ url, query: '{a="b"}' });
  expect(server.received[0]!.headers.authorization).toBe(`Basic ${Buffer.from("user:pw1").toString("base64")}`);
  expect(message).toBe("The query of Loki failed with status 403 and the body: no");
});

test("parameters are sent as Loki takes them", async () => {
  await using server = await startServer((_request, response) => response.end(answerOf("")));
  const range = { start: "1", end: "2", since: "3m", step: "4s", interval: "5s" };
  await asked({ url: server.url, query: '{a="b"} |= "ä&c"', limit: 7, direction: "FORWARD", ...range });
  const { pathname, searchParams } = new URL(server.received[0]!.url, "http://loki");
  expect(pathname).toBe("/loki/api/v1/query_range");
  expect(Object.fromEntries(searchParams)).toEqual({
    query: '{a="b"} |= "ä&c"',
    limit: "7",
    direction: "forward",
    ...range,
  });
});

test("lines are given up to what outputs hold, and no further", async () => {
  const empty = (await outputOf("")).outputs;
  const space = FETCHED_CHARACTERS_MAX - JSON.stringify(empty).length;
  expect(texts((await outputOf("x".repeat(space))).outputs)[0]).toHaveLength(space);
  expect((await outputOf("x".repeat(space + 1))).message).toBe(
    `The 1 entries are ${FETCHED_CHARACTERS_MAX + 1} characters of JSON, and outputs hold ${FETCHED_CHARACTERS_MAX}. ` +
      "Lower `limit`, take a shorter time, or let the query filter more.",
  );
});

async function outputOf(line: string) {
  await using server = await startServer((_request, response) => response.end(answerOf(line)));
  return await asked({ url: server.url, query: '{a="b"}' });
}

test.each(["{}", '{"data": {"resultType": "streams"}}', "null", "[]"])("%s is no answer of Loki", async (answer) => {
  await using server = await startServer((_request, response) => response.end(answer));
  expect((await asked({ url: server.url, query: "{}" })).message).toContain("Check that `url` is its address");
});

test("a kill ends the waiting for an answer", async () => {
  const kill = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using server = await startServer((request) => {
    request.socket.once("close", () => closed.resolve());
    kill.abort(new Error("killed"));
  });
  await using world = createTestWorld({ signal: kill.signal });
  expect(await world.run(queryRange, { url: server.url, query: "{}" })).toMatchObject({ message: "killed" });
  await closed.promise;
});

test("a silent Loki fails the query after `readTimeout`", async () => {
  await using server = await startServer(() => undefined);
  const { message } = await asked({ url: server.url, query: "{}", readTimeout: 1 });
  expect(message).toContain("the server was silent for 1000 ms (`readTimeout`)");
});
