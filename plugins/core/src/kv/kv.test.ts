import type { JsonValue } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { deleteKey } from "./delete.ts";
import { getKeys } from "./get-keys.ts";
import { get } from "./get.ts";
import { patched } from "./patch.ts";
import { purgeKv } from "./purge-kv.ts";
import { put } from "./put.ts";
import { set } from "./set.ts";

const NAMESPACE = "company.team";

describe("Set", () => {
  test("an expression alone keeps its type", async () => {
    await using world = createTestWorld({ variables: { two: 2, map: { a: [1] } } });
    await world.run(set, { key: "n", value: "{{ two }}" });
    await world.run(set, { key: "t", value: "{{ two }}!" });
    await world.run(set, { key: "m", value: "{{ map }}" });
    const stored = await world.services.keyValues.list(NAMESPACE);
    expect(stored.map(({ key, value, type }) => [key, value, type])).toEqual([
      ["m", { a: [1] }, "JSON"],
      ["n", 2, "NUMBER"],
      ["t", "2!", "STRING"],
    ]);
  });

  const conversions: [string, JsonValue, JsonValue][] = [
    ["STRING", 5, "5"],
    ["NUMBER", "5.5", 5.5],
    ["NUMBER", "9007199254740993", "9007199254740993"],
    ["JSON", '{"id":9007199254740993}', { id: "9007199254740993" }],
    ["BOOLEAN", "True", true],
    ["JSON", '{"a":1}', { a: 1 }],
    ["DATE", "2024-03-01", "2024-03-01"],
    ["DATETIME", "2024-03-01T10:00:00Z", "2024-03-01T10:00:00Z"],
    ["DURATION", "PT5M", "PT5M"],
  ];
  test.each(conversions)("kvType %s converts %j to %j", async (kvType, value, expected) => {
    await using world = createTestWorld();
    expect((await world.run(set, { key: "k", value, kvType })).state).toBe("SUCCESS");
    expect(await world.services.keyValues.get(NAMESPACE, "k")).toMatchObject({ value: expected, type: kvType });
  });

  test.each(["NUMBER", "BOOLEAN", "JSON", "DATE", "DATETIME", "DURATION"])(
    "kvType %s refuses a word",
    async (kvType) => {
      await using world = createTestWorld();
      const outcome = await world.run(set, { key: "k", value: "word", kvType });
      expect(outcome).toMatchObject({ state: "FAILED" });
      expect(outcome.message).toContain('The value "word" is not');
    },
  );

  test("an existing pair is kept when overwrite is false", async () => {
    await using world = createTestWorld();
    await world.run(set, { key: "k", value: "a", kvDescription: "first" });
    expect((await world.run(set, { key: "k", value: "b", overwrite: false })).state).toBe("FAILED");
    expect(await world.services.keyValues.get(NAMESPACE, "k")).toMatchObject({ value: "a", description: "first" });
  });

  test("a pair is gone after its time to live", async () => {
    let now = 0;
    await using world = createTestWorld({ now: () => now });
    await world.run(set, { key: "k", value: "a", ttl: "PT1M" });
    now = 59_999;
    expect((await world.run(get, { key: "k" })).outputs).toEqual({ value: "a" });
    now = 60_000;
    expect((await world.run(get, { key: "k" })).outputs).toEqual({});
  });
});

test("Get finds a key of a parent namespace, but only from the own namespace", async () => {
  await using world = createTestWorld();
  await world.services.keyValues.set("company", "k", 1);
  expect((await world.run(get, { key: "k" })).outputs).toEqual({ value: 1 });
  expect((await world.run(get, { key: "k", namespace: "company.other" })).outputs).toEqual({});
});

test("Get and Delete fail for a missing key only if asked to", async () => {
  await using world = createTestWorld();
  expect((await world.run(get, { key: "k" })).state).toBe("SUCCESS");
  expect((await world.run(get, { key: "k", errorOnMissing: true })).message).toContain('no value for key "k"');
  expect((await world.run(deleteKey, { key: "k" })).outputs).toEqual({ deleted: false });
  expect((await world.run(deleteKey, { key: "k", errorOnMissing: true })).state).toBe("FAILED");
  await world.run(set, { key: "k", value: 1 });
  expect((await world.run(deleteKey, { key: "k" })).outputs).toEqual({ deleted: true });
});

test("GetKeys lists by prefix", async () => {
  await using world = createTestWorld();
  for (const key of ["job_b", "job_a", "other"]) await world.run(set, { key, value: 1 });
  expect((await world.run(getKeys, { prefix: "job_" })).outputs).toEqual({ keys: ["job_a", "job_b"] });
  expect((await world.run(getKeys, {})).outputs).toEqual({ keys: ["job_a", "job_b", "other"] });
});

describe("Put", () => {
  const changes: [string, JsonValue | undefined, JsonValue, JsonValue][] = [
    [
      "merges maps at every depth",
      { a: { x: 1, y: 1 }, b: 1 },
      { a: { y: 2, z: 3 } },
      { a: { x: 1, y: 2, z: 3 }, b: 1 },
    ],
    [
      "sets single places",
      { a: { x: 1 } },
      [
        { key: "a.y", value: 2 },
        { key: "b.c", value: [3] },
      ],
      { a: { x: 1, y: 2 }, b: { c: [3] } },
    ],
    ["replaces the whole by a single value", { a: 1 }, { value: "new" }, "new"],
    ["replaces the whole by a single value in a list", { a: 1 }, [{ value: [1] }], [1]],
    ["starts from nothing", undefined, { a: 1 }, { a: 1 }],
    ["replaces what is no map", [1], { a: 1 }, { a: 1 }],
    ["replaces by an ordinary list", { a: 1 }, [1, 2], [1, 2]],
  ];
  test.each(changes)("%s", (_name, stored, change, expected) => {
    expect(patched(stored, change)).toEqual(expected);
  });

  test("changes the stored value and can insist that there is one", async () => {
    await using world = createTestWorld({ variables: { id: 7 } });
    expect((await world.run(put, { key: "k", value: { a: 1 }, errorOnMissing: true })).state).toBe("FAILED");
    await world.run(put, { key: "k", value: { a: 1 } });
    await world.run(put, { key: "k", value: [{ key: "b", value: "{{ id }}" }] });
    expect((await world.run(get, { key: "k" })).outputs).toEqual({ value: { a: 1, b: 7 } });
  });
});

describe("PurgeKV", () => {
  async function filledWorld() {
    let now = 0;
    const world = createTestWorld({ now: () => now });
    const { keyValues } = world.services;
    await keyValues.set("company", "old", 1, { ttlMs: 10 });
    await keyValues.set("company.team", "old", 1, { ttlMs: 10 });
    await keyValues.set("company.team", "new", 1);
    await keyValues.set("other", "old", 1, { ttlMs: 10 });
    now = 20;
    return world;
  }

  test("deletes expired pairs of the namespaces and their children", async () => {
    await using world = await filledWorld();
    expect((await world.run(purgeKv, { namespaces: ["company"] })).outputs).toEqual({ size: 2 });
    expect(await world.services.keyValues.list("other", "", { expired: true })).toHaveLength(1);
  });

  test("takes the older spelling, and can leave children out", async () => {
    await using world = await filledWorld();
    const properties = { namespaces: ["company"], includeChildNamespaces: false, expiredOnly: true };
    expect((await world.run(purgeKv, properties)).outputs).toEqual({ size: 1 });
  });

  test("deletes everything that matches when it is told to", async () => {
    await using world = await filledWorld();
    const behavior = { type: "key", expiredOnly: false };
    expect((await world.run(purgeKv, { namespacePattern: "company.*", keyPattern: "n*", behavior })).outputs).toEqual({
      size: 1,
    });
  });

  test("is for all namespaces when none is chosen; a pattern takes no children in", async () => {
    await using world = await filledWorld();
    const behavior = { type: "key", expiredOnly: true };
    expect((await world.run(purgeKv, { namespacePattern: "compan?", behavior })).outputs).toEqual({ size: 1 });
    expect((await world.run(purgeKv, {})).outputs).toEqual({ size: 2 });
  });

  test("old versions are chosen by date or by number, not by both", async () => {
    await using world = await filledWorld();
    const version = { type: "version", before: "2024-01-01T00:00:00Z" };
    expect((await world.run(purgeKv, { behavior: version })).outputs).toEqual({ size: 0 });
    expect(() => purgeKv.properties.parse({ behavior: { ...version, keepAmount: 2 } })).toThrow("before");
  });

  test("the older spelling goes before `behavior`", async () => {
    await using world = await filledWorld();
    const properties = { behavior: { type: "key", expiredOnly: true }, expiredOnly: false };
    expect((await world.run(purgeKv, properties)).outputs).toEqual({ size: 4 });
  });

  test("refuses two ways to choose namespaces", async () => {
    await using world = await filledWorld();
    const outcome = await world.run(purgeKv, { namespaces: ["a"], namespacePattern: "b" });
    expect(outcome.message).toContain("either `namespaces` or `namespacePattern`");
  });
});
