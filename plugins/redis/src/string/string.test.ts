import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../testing/redis-server.ts";
import { deleteKeys } from "./delete.ts";
import { get } from "./get.ts";
import { increment } from "./increment.ts";
import { set } from "./set.ts";
import { ttl } from "./ttl.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => server.redis.flushall());

const TASKS = { set, get, deleteKeys, increment, ttl };

async function ran(task: keyof typeof TASKS, properties: object, variables: Record<string, unknown> = {}) {
  await using world = createTestWorld({ variables });
  const outcome = await world.run(TASKS[task], { url: server.url, ...properties });
  return { ...outcome, logs: world.logs.map(({ message }) => message) };
}

describe("Set", () => {
  test.each([
    [{ value: "text" }, "text"],
    [{ value: 5 }, "5"],
    [{ value: { a: [1] } }, '{"a":[1]}'],
    [{ value: "text", serdeType: "JSON" }, '"text"'],
    [{ value: ' {"a": 12345678901234567890} ', serdeType: "JSON" }, '{"a": 12345678901234567890}'],
    [{ value: "{{ map }}", serdeType: "JSON" }, '{"a":"ä"}'],
    [{ value: "{{ map }}" }, '{"a":"ä"}'],
  ])("with %j keeps %s", async (properties, kept) => {
    expect(await ran("set", { key: "k", ...properties }, { map: { a: "ä" } })).toMatchObject({
      outputs: { oldValue: null },
    });
    expect(await server.redis.get("k")).toBe(kept);
  });

  test.each([
    [{ expirationDuration: "PT1.5S" }, 1_500],
    [{ expirationDuration: "PT1H" }, 3_600_000],
    [{ expirationDate: "2100-01-01T00:00:00Z" }, Date.parse("2100-01-01T00:00:00Z") - Date.now()],
    [{ keepTtl: true }, 60_000],
  ])("with %j lets the key go away", async (options, milliseconds) => {
    await server.redis.set("k", "old", "PX", 60_000);
    await ran("set", { key: "k", value: "new", options });
    const left = await server.redis.pttl("k");
    expect(left).toBeLessThanOrEqual(milliseconds);
    expect(left).toBeGreaterThan(Math.max(0, milliseconds - 20_000));
  });

  test("without an expiration keeps the key for ever", async () => {
    await server.redis.set("k", "old", "PX", 60_000);
    await ran("set", { key: "k", value: "new" });
    expect(await server.redis.pttl("k")).toBe(-1);
  });

  test.each([
    ["old", { mustExist: true }, "Set k.", "new"],
    ["old", { mustNotExist: true }, "k is left as it is: it exists.", "old"],
    [null, { mustExist: true }, "k is left as it is: it does not exist.", null],
    [null, { mustNotExist: true }, "Set k.", "new"],
  ])("where %s was, with %j says: %s", async (old, options, log, kept) => {
    for (const asks of [false, true]) {
      await server.redis.del("k");
      if (old !== null) await server.redis.set("k", old);
      expect(await ran("set", { key: "k", value: "new", options, get: asks })).toMatchObject({
        state: "SUCCESS",
        logs: [log],
        outputs: { oldValue: asks ? old : null },
      });
      expect(await server.redis.get("k")).toBe(kept);
    }
  });

  test.each([
    [{ mustExist: true, mustNotExist: true }, "both `mustExist` and `mustNotExist`"],
    [{ keepTtl: true, expirationDuration: "PT1S" }, "has `keepTtl` and an expiration"],
    [{ expirationDate: "2100-01-01", expirationDuration: "PT1S" }, "both `expirationDuration` and `expirationDate`"],
    [{ expirationDuration: "PT0S" }, "`options.expirationDuration` is not positive"],
  ])("refuses %j", async (options, message) => {
    expect(await ran("set", { key: "k", value: "v", options })).toMatchObject({
      state: "FAILED",
      message: expect.stringContaining(message),
    });
    expect(await server.redis.exists("k")).toBe(0);
  });
});

describe("Get", () => {
  test.each([
    ["text", "STRING", "text"],
    ['{"a":1}', "STRING", '{"a":1}'],
    ['{"a":1}', "JSON", { a: 1 }],
    ["null", "JSON", null],
  ])("of %s with %s answers %j", async (kept, serdeType, data) => {
    await server.redis.set("k", kept);
    expect((await ran("get", { key: "k", serdeType })).outputs).toEqual({ data, key: "k" });
  });

  test("answers null for a key that does not exist, or fails where it must", async () => {
    expect(await ran("get", { key: "none" })).toMatchObject({ state: "SUCCESS", outputs: { data: null, key: "none" } });
    expect(await ran("get", { key: "none", failedOnMissing: true })).toMatchObject({
      state: "FAILED",
      message: "There is no none in Redis. Leave out `failedOnMissing` where that is to be no failure.",
    });
  });

  test("says that a text is no JSON", async () => {
    await server.redis.set("k", "{a");
    expect((await ran("get", { key: "k", serdeType: "JSON" })).message).toBe(
      "A value of k is no JSON. Use `serdeType: STRING` to take it as text.",
    );
  });

  test("tells what the server refuses", async () => {
    await server.redis.lpush("k", "a");
    expect((await ran("get", { key: "k" })).message).toMatch(/^Redis at 127\.0\.0\.1:\d+ refused: WRONGTYPE /u);
  });
});

describe("Delete", () => {
  test.each([
    [["a", "b", "none", "a"], 2],
    ["a", 1],
    ['["a","b"]', 2],
  ])("of %j deletes %i", async (keys, count) => {
    await server.redis.mset("a", 1, "b", 2);
    expect(await ran("deleteKeys", { keys })).toMatchObject({ state: "SUCCESS", outputs: { count } });
    expect(await server.redis.dbsize()).toBe(2 - count);
  });

  test("fails for a missing key where it must, after it has deleted the others", async () => {
    await server.redis.set("a", 1);
    expect(await ran("deleteKeys", { keys: ["a", "b"], failedOnMissing: true })).toMatchObject({
      state: "FAILED",
      outputs: { count: 1 },
      message: expect.stringContaining("Deleted 1 of 2 keys. The others do not exist"),
    });
    expect(await ran("deleteKeys", { keys: [] })).toMatchObject({
      message: expect.stringContaining("`keys` is empty"),
    });
  });
});

describe("Increment", () => {
  test.each([
    [undefined, {}, 1],
    ["5", { amount: -7 }, -2],
    ["5", { amount: 0.25 }, 5.25],
    ["1.5", { amount: 1.5 }, 3],
  ])("of %s with %j is %d", async (kept, properties, value) => {
    if (kept !== undefined) await server.redis.set("k", kept);
    expect((await ran("increment", { key: "k", ...properties })).outputs).toEqual({ value, key: "k" });
    expect(await server.redis.pttl("k")).toBe(-1);
  });

  test.each([{ expirationDuration: "PT1H" }, { expirationDate: "2100-01-01T00:00:00Z" }])(
    "with %j goes away",
    async (options) => {
      await ran("increment", { key: "k", options });
      expect(await server.redis.pttl("k")).toBeGreaterThan(3_500_000);
    },
  );

  test("of a text fails", async () => {
    await server.redis.set("k", "text");
    expect((await ran("increment", { key: "k" })).message).toContain("refused: ERR value is not an integer");
  });
});

test("Ttl tells the seconds, that a key stays, and that there is none", async () => {
  await server.redis.set("k", 1, "EX", 100);
  const { outputs, logs } = await ran("ttl", { key: "k" });
  expect(outputs).toEqual({ ttl: expect.toSatisfy((left: number) => left > 90 && left <= 100), key: "k" });
  expect(logs).toEqual([expect.stringMatching(/^k stays for \d+ s\.$/u)]);
  await server.redis.persist("k");
  expect(await ran("ttl", { key: "k" })).toMatchObject({ outputs: { ttl: -1 }, logs: ["k stays for ever."] });
  expect(await ran("ttl", { key: "none" })).toMatchObject({ outputs: { ttl: -2 }, logs: ["There is no none."] });
});
