import { once } from "node:events";
import { readRecords } from "@capstan/sdk";
import { createTestWorld, type TestOptions } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../testing/redis-server.ts";
import { listPop } from "./list-pop.ts";
import { listPush } from "./list-push.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => server.redis.flushall());

const waiting = () => server.redis.lrange("jobs", 0, -1);

async function popped(properties: object, options: TestOptions = {}) {
  await using world = createTestWorld(options);
  const outcome = await world.run(listPop, { url: server.url, key: "jobs", ...properties });
  const uri = outcome.outputs?.["uri"];
  const elements =
    typeof uri === "string"
      ? (await Array.fromAsync(readRecords(await world.files.read(uri)))).map(({ value }) => value)
      : undefined;
  return { ...outcome, elements, world };
}

describe("ListPush", () => {
  test.each([
    [["a", "b"], "STRING", ["b", "a"]],
    ['["a", {"b": 1}]', "STRING", ['{"b":1}', "a"]],
    ["one", "STRING", ["one"]],
    ["[no list", "STRING", ["[no list"]],
    [["a", 5, { b: "ä" }], "JSON", ['{"b":"ä"}', "5", '"a"']],
    ["{{ rows }}", "JSON", ['{"b":2}', '{"a":1}']],
    ["{{ uri }}", "JSON", ['"text"', '{"a":1}']],
    ["{{ uri }}", "STRING", ["text", '{"a":1}']],
    [{ a: 1 }, "STRING", ['{"a":1}']],
    [[], "STRING", []],
  ])("of %j with %s makes the list %j", async (from, serdeType, list) => {
    await using world = createTestWorld({ variables: { rows: [{ a: 1 }, { b: 2 }], uri: "kestra:///rows.ion" } });
    world.files.seed("kestra:///rows.ion", '{a: 1}\n"text"\n');
    const outcome = await world.run(listPush, { url: server.url, key: "jobs", from, serdeType });
    expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { count: list.length } });
    expect(await waiting()).toEqual(list);
    expect(world.metrics).toEqual([{ name: "inserted.records.count", type: "counter", value: list.length }]);
  });

  test("keeps the order across commands", async () => {
    await using world = createTestWorld();
    const from = Array.from({ length: 7 }, (_none, index) => String(index));
    await world.run(listPush, { url: server.url, key: "jobs", from, batchSize: 3 });
    expect(await waiting()).toEqual(from.toReversed());
  });
});

describe("ListPop", () => {
  test.each([
    [{ maxRecords: 2 }, ["a", '{"b":1}']],
    [{ maxRecords: 3, count: 2 }, ["a", '{"b":1}', "c"]],
    [{ maxRecords: 9, count: 1 }, ["a", '{"b":1}', "c", "d"]],
    [{ maxRecords: 4, count: 2 }, ["a", '{"b":1}', "c", "d"]],
    [{ maxDuration: "PT1M" }, ["a", '{"b":1}', "c", "d"]],
    [{ maxDuration: "PT0S", count: 3 }, ["a", '{"b":1}', "c"]],
  ])("with %j takes %j off the head", async (properties, elements) => {
    const all = ["a", '{"b":1}', "c", "d"];
    await server.redis.rpush("jobs", ...all);
    const taken = await popped(properties);
    expect(taken).toMatchObject({ state: "SUCCESS", elements, outputs: { count: elements.length } });
    expect(await waiting()).toEqual(all.slice(elements.length));
    expect(await server.redis.keys("capstan:*")).toEqual([]);
    expect(taken.world.metrics).toEqual([
      { name: "popped.records.count", type: "counter", value: elements.length, tags: { key: "jobs" } },
    ]);
  });

  test("of an empty list stores an empty file", async () => {
    expect(await popped({ maxRecords: 1 })).toMatchObject({ state: "SUCCESS", elements: [], outputs: { count: 0 } });
  });

  test("reads JSON, and hands on what is none as text", async () => {
    await server.redis.rpush("jobs", '{"a":1}', "{broken", "3");
    const { elements, world } = await popped({ maxRecords: 9, serdeType: "JSON" });
    expect(elements).toEqual([{ a: 1 }, "{broken", 3]);
    expect(world.logs).toContainEqual({
      level: "WARN",
      message: "An element of jobs is no JSON; it is handed on as text.",
    });
  });

  test.each([
    [{}, "Neither `maxRecords` nor `maxDuration`"],
    [{ maxRecords: 0 }, "maxRecords"],
    [{ maxRecords: 1, count: 10_001 }, "count"],
  ])("refuses %j", async (properties, message) => {
    expect(await popped(properties)).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
  });

  test("puts back in their order what it took when it fails", async () => {
    await server.redis.rpush("jobs", "a", "b", "c");
    await using world = createTestWorld();
    world.files.put = () => Promise.reject(new Error("the disk is full"));
    const outcome = await world.run(listPop, { url: server.url, key: "jobs", maxRecords: 2, count: 1 });
    expect(outcome).toMatchObject({ state: "FAILED", message: "the disk is full" });
    expect(await waiting()).toEqual(["a", "b", "c"]);
    expect(await server.redis.keys("capstan:*")).toEqual([]);
  });

  test("takes first what an attempt had taken whose server was killed", async () => {
    await server.redis.rpush("capstan:{jobs}:task/taskrun1", "a", "b");
    await server.redis.rpush("jobs", "c", "d");
    expect(await popped({ maxRecords: 3 })).toMatchObject({ elements: ["a", "b", "c"] });
    expect(await server.redis.keys("*")).toEqual(["jobs"]);
  });

  test("a kill puts back what was taken", async () => {
    await server.redis.rpush("jobs", "a", "b");
    const abort = new AbortController();
    await using world = createTestWorld({ signal: abort.signal });
    const storing = Promise.withResolvers<void>();
    world.files.put = async () => {
      storing.resolve();
      await once(abort.signal, "abort");
      throw new Error("aborted");
    };
    const outcome = world.run(listPop, { url: server.url, key: "jobs", maxRecords: 2 });
    await storing.promise;
    expect(await waiting()).toEqual([]);
    abort.abort(new Error("killed"));
    expect(await outcome).toMatchObject({ state: "FAILED", message: "killed" });
    expect(await waiting()).toEqual(["a", "b"]);
  });
});
