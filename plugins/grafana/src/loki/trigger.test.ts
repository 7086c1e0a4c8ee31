import type { JsonValue } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { startLoki, type TestLoki } from "../testing/loki.ts";
import type { Entry } from "./entries.ts";
import { LINES_CHARACTERS_MAX, trigger } from "./trigger.ts";

const MS = 1_000_000n;
const MINUTE_MS = 60_000;

interface Look {
  readonly position?: JsonValue | undefined;
  /** After the epoch of the lines; two minutes if nothing is said. */
  readonly afterMs?: number;
  readonly properties?: Readonly<Record<string, JsonValue>>;
}

async function look(loki: TestLoki, { position, afterMs = 2 * MINUTE_MS, properties }: Look = {}) {
  const now = () => loki.epoch + afterMs;
  await using world = createTestWorld({ now, ...(position !== undefined && { position }) });
  const found = await world.poll(trigger, { url: loki.url, query: `{${loki.selector}}`, ...properties });
  const logs = (found?.variables?.["logs"] ?? []) as readonly Entry[];
  const messages = world.logs.map(({ message }) => message);
  return { variables: found?.variables, position: found?.position, lines: logs.map(({ line }) => line), messages };
}

test("new lines of all streams start the flow, the oldest first", async () => {
  await using loki = await startLoki();
  await loki.push({ at: 2n, line: "b", labels: { app: "x" } }, { at: 1n, line: "a" }, { at: 3n, line: "c" });
  const { variables } = await look(loki);
  expect(variables).toEqual({
    count: 3,
    resultType: "streams",
    query: `{${loki.selector}}`,
    lastTimestamp: loki.timestamp(3n),
    logs: [
      { timestamp: loki.timestamp(1n), line: "a", labels: expect.any(Object) },
      { timestamp: loki.timestamp(2n), line: "b", labels: expect.objectContaining({ app: "x" }) },
      { timestamp: loki.timestamp(3n), line: "c", labels: expect.any(Object) },
    ],
  });
});

test("a line is told once, and one that comes late as well", async () => {
  await using loki = await startLoki();
  await loki.push({ at: 5n, line: "first" });
  const first = await look(loki);
  expect(first.lines).toEqual(["first"]);
  const second = await look(loki, { position: first.position });
  expect(second).toEqual({ position: expect.anything(), lines: [], messages: [] });
  await loki.push({ at: 4n, line: "late" }, { at: 5n, line: "of the same time" });
  const third = await look(loki, { position: second.position, afterMs: 3 * MINUTE_MS });
  expect(third.lines).toEqual(["late", "of the same time"]);
});

test("an answer that was lost is given again", async () => {
  await using loki = await startLoki();
  await loki.push({ at: 1n, line: "a" });
  const { position } = await look(loki, { afterMs: 0 });
  expect((await look(loki, { position })).lines).toEqual(["a"]);
  expect((await look(loki, { position })).lines).toEqual(["a"]);
});

test("what does not fit into one execution waits for the next question", async () => {
  await using loki = await startLoki();
  await loki.push(...["a", "b", "c", "d", "e"].map((line) => ({ at: 7n, line })));
  const told: (string | undefined)[] = [];
  const messages: string[] = [];
  let position: JsonValue | undefined;
  for (const _question of [1, 2, 3, 4]) {
    const found = await look(loki, { position, properties: { maxRecords: 2 } });
    expect(found.lines.length).toBeLessThanOrEqual(2);
    told.push(...found.lines);
    messages.push(...found.messages);
    position = found.position;
  }
  expect(told).toHaveLength(5);
  expect(new Set(told)).toEqual(new Set(["a", "b", "c", "d", "e"]));
  expect(messages).toEqual([
    "Told 2 lines; more of them wait for the next question.",
    "Told 2 lines; more of them wait for the next question.",
  ]);
});

test.each([
  ["2m", ["at start", "later"]],
  ["90s", ["later"]],
  ["PT90S", ["later"]],
])("the first question looks back by %s", async (since, expected) => {
  await using loki = await startLoki();
  await loki.push(
    { at: 0n, line: "at start" },
    { at: 60_000n * MS, line: "later" },
    { at: 300_000n * MS, line: "to come" },
  );
  expect((await look(loki, { properties: { since } })).lines).toEqual(expected);
});

test.each([
  ["another state key", { properties: { stateKey: "b" } }, ["a"]],
  ["the same state key", { properties: { stateKey: "a" } }, []],
  [
    "a question within its time to live",
    { properties: { stateKey: "a", stateTtl: "PT1M" }, afterMs: 3 * MINUTE_MS },
    [],
  ],
  ["one after it", { properties: { stateKey: "a", stateTtl: "PT1M" }, afterMs: 3 * MINUTE_MS + 1 }, ["a"]],
])("what was told, after %s", async (_name, next, expected) => {
  await using loki = await startLoki();
  await loki.push({ at: 1n, line: "a" });
  const { position } = await look(loki, { properties: { stateKey: "a" } });
  expect((await look(loki, { position, ...next })).lines).toEqual(expected);
});

test("a position of before a standstill is gone on from, however long `since` is", async () => {
  await using loki = await startLoki();
  const properties = { since: "1m" };
  const { position } = await look(loki, { properties, afterMs: 0 });
  await loki.push({ at: 1n, line: "while nobody looked" });
  const found = await look(loki, { position, properties, afterMs: 20 * MINUTE_MS });
  expect(found.lines).toEqual(["while nobody looked"]);
});

test("a query of values starts the flow while it has some", async () => {
  await using loki = await startLoki();
  await loki.push({ at: 1n, line: "a" }, { at: 2n, line: "b" });
  const above = (count: number) => ({
    properties: { query: `sum(count_over_time({${loki.selector}}[5m])) > ${count}` },
  });
  expect((await look(loki, above(2))).variables).toBeUndefined();
  for (const _question of [1, 2])
    expect((await look(loki, above(1))).variables).toEqual({
      count: 1,
      resultType: "vector",
      query: above(1).properties.query,
      lastTimestamp: String(loki.epoch / 1_000 + 120),
      logs: [{ timestamp: String(loki.epoch / 1_000 + 120), labels: {}, value: "2" }],
    });
});

test.each([
  [{ query: "nothing" }, "The query of Loki failed with status 400 and the body: parse error at"],
  [{ since: "soon" }, '`since` is "soon", which is no length of time'],
])("%j is an error of the trigger", async (properties, message) => {
  await using loki = await startLoki();
  await expect(look(loki, { properties })).rejects.toThrow(message);
});

const TIME = 1_700_000_000_000_000_000n;

/** What is told, question by question, of a Loki that always answers these lines. */
async function toldOf(lines: readonly string[], questions: number) {
  const values = lines.map((line, index) => [String(TIME + BigInt(index)), line]);
  const answer = { data: { resultType: "streams", result: [{ stream: {}, values }] } };
  await using server = await startServer((_request, response) => response.end(JSON.stringify(answer)));
  const told: (readonly (string | undefined)[])[] = [];
  const now = () => Number(TIME / MS) + 1;
  let position: JsonValue | undefined;
  for (let question = 0; question < questions; question += 1) {
    await using world = createTestWorld({ now, ...(position !== undefined && { position }) });
    const found = await world.poll(trigger, { url: server.url, query: '{a="b"}' });
    const logs = (found?.variables?.["logs"] ?? []) as readonly Entry[];
    expect(JSON.stringify(found).length).toBeLessThan(1_048_576);
    told.push(logs.map(({ line }) => line));
    position = found?.position;
  }
  return told;
}

test("lines are told up to what an execution may get, the others with the next question", async () => {
  const half = "x".repeat(LINES_CHARACTERS_MAX / 2 - 100);
  expect(await toldOf([half, half, "c"], 3)).toEqual([[half, half, "c"], [], []]);
  expect(await toldOf([half, `${half}${"y".repeat(200)}`, "c"], 3)).toEqual([
    [half],
    [`${half}${"y".repeat(200)}`, "c"],
    [],
  ]);
});

test("a line that no execution could get is cut, once", async () => {
  const [first, ...others] = await toldOf(["\n".repeat(LINES_CHARACTERS_MAX), "b"], 3);
  expect(first).toEqual(["\n".repeat(LINES_CHARACTERS_MAX / 4)]);
  expect(others).toEqual([["b"], []]);
});
