import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RedisServer, startRedis, startRedisWithJson } from "../testing/redis-server.ts";
import { jsonDelete } from "./delete.ts";
import { jsonGet } from "./get.ts";
import { jsonIncrement } from "./increment.ts";
import { jsonSet } from "./set.ts";

const INSTALL_MS_MAX = 300_000;

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisWithJson();
}, INSTALL_MS_MAX);
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  await server.redis.flushall();
  await server.redis.call("JSON.SET", "k", "$", JSON.stringify({ a: { b: 1 }, list: [1, 2], n: null }));
});

const TASKS = { jsonSet, jsonGet, jsonDelete, jsonIncrement };

async function ran(task: keyof typeof TASKS, properties: object) {
  await using world = createTestWorld({ variables: { map: { a: 1 } } });
  const outcome = await world.run(TASKS[task], { url: server.url, ...properties });
  return { ...outcome, logs: world.logs.map(({ message }) => message) };
}

const kept = async (key: string, path = ".") =>
  JSON.parse((await server.redis.call("JSON.GET", key, path)) as string) as unknown;

describe("Set", () => {
  test.each([
    ['{"x": ["ä"]}', { x: ["ä"] }],
    ["{{ map }}", { a: 1 }],
    [{ x: [1, { y: null }] }, { x: [1, { y: null }] }],
    ["no JSON", "no JSON"],
    [5, 5],
  ])("of %j keeps %j", async (value, document) => {
    expect(await ran("jsonSet", { key: "new", value })).toMatchObject({
      state: "SUCCESS",
      outputs: { oldValue: null },
    });
    expect(await kept("new")).toEqual(document);
  });

  test("changes a part, and answers what was there", async () => {
    expect(await ran("jsonSet", { key: "k", value: 2, path: "$.a.b", get: true })).toMatchObject({
      outputs: { oldValue: 1 },
    });
    expect(await kept("k", ".a")).toEqual({ b: 2 });
    expect(await ran("jsonSet", { key: "new", value: 2, get: true })).toMatchObject({ outputs: { oldValue: null } });
  });

  test.each([
    ["old", { mustNotExist: true }, "old is left as it is: the condition does not hold.", "[]"],
    ["old", { mustExist: true }, "Set old.", "1"],
    ["new", { mustNotExist: true }, "Set new.", "1"],
    ["new", { mustExist: true }, "new is left as it is: the condition does not hold.", null],
  ])("of %s with %j says: %s", async (key, options, log, document) => {
    await server.redis.call("JSON.SET", "old", "$", "[]");
    expect(await ran("jsonSet", { key, value: 1, options })).toMatchObject({ state: "SUCCESS", logs: [log] });
    expect(await server.redis.call("JSON.GET", key)).toBe(document);
  });

  test("refuses conditions that never hold together", async () => {
    const options = { mustNotExist: true, mustExist: true };
    expect((await ran("jsonSet", { key: "k", value: 1, options })).message).toContain("never hold together");
  });
});

describe("Get", () => {
  test.each([
    [undefined, { a: { b: 1 }, list: [1, 2], n: null }],
    ["$.a.b", 1],
    ["$.list", [1, 2]],
    ["$.list[*]", [1, 2]],
    ["$.n", null],
    [".a", { b: 1 }],
    ["$.none", null],
  ])("at %s answers %j", async (path, data) => {
    const properties = path === undefined ? {} : { path };
    expect((await ran("jsonGet", { key: "k", ...properties })).outputs).toEqual({ data, key: "k" });
  });

  test.each([{ key: "none" }, { key: "k", path: "$.none" }])("fails for nothing at %j where it must", async (place) => {
    expect((await ran("jsonGet", { ...place, failedOnMissing: true })).message).toContain("There is no ");
  });
});

describe("Delete", () => {
  test("takes parts and whole documents", async () => {
    await server.redis.call("JSON.SET", "other", "$", "{}");
    const keys = { k: ["$.a", "$.list"], other: [], none: null };
    expect(await ran("jsonDelete", { keys })).toMatchObject({ state: "SUCCESS", outputs: { count: 3 } });
    expect(await kept("k")).toEqual({ n: null });
    expect(await server.redis.exists("other")).toBe(0);
  });

  test("fails for what is missing where it must, and for no keys", async () => {
    const { message } = await ran("jsonDelete", { keys: { k: ["$.a", "$.x"] }, failedOnMissing: true });
    expect(message).toContain("There is no k with $.x in Redis.");
    expect((await ran("jsonDelete", { keys: {} })).message).toContain("`keys` is empty");
  });
});

describe("Increment", () => {
  test.each([
    [{}, 2],
    [{ amount: -3 }, -2],
    [{ amount: 0.5 }, 1.5],
  ])("with %j makes %d", async (properties, value) => {
    expect((await ran("jsonIncrement", { key: "k", path: "$.a.b", ...properties })).outputs).toEqual({
      value,
      key: "k",
    });
    expect(await kept("k", ".a.b")).toBe(value);
    expect(await server.redis.pttl("k")).toBe(-1);
  });

  test("lets the document go away", async () => {
    await ran("jsonIncrement", { key: "k", path: ".a.b", options: { expirationDuration: "PT1H" } });
    expect(await server.redis.pttl("k")).toBeGreaterThan(3_500_000);
  });

  test.each(["$.none", "$.list"])("fails for no number at %s", async (path) => {
    expect((await ran("jsonIncrement", { key: "k", path })).message).toBe(
      `There is no number at ${path} of k. Set one before, or name another path.`,
    );
  });
});

test("a server without the JSON commands is told of", async () => {
  await using plain = await startRedis();
  await using world = createTestWorld();
  const { message } = await world.run(jsonGet, { url: plain.url, key: "k" });
  expect(message).toMatch(/refused: ERR unknown command 'JSON\.GET'/u);
});
