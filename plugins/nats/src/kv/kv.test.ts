import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NatsServer, startNats } from "../testing/nats-server.ts";
import { createBucket } from "./create-bucket.ts";
import { deleteKeys } from "./delete.ts";
import { get } from "./get.ts";
import { put } from "./put.ts";

let server: NatsServer;
beforeAll(async () => {
  server = await startNats();
});
afterAll(() => server[Symbol.asyncDispose]());

async function run(task: typeof put, given: JsonMap) {
  await using world = createTestWorld({ variables: { keys: ["a", "b"] } });
  return await world.run(task, { url: server.url, ...given });
}

async function bucket(given: JsonMap = {}): Promise<string> {
  const name = crypto.randomUUID();
  expect(await run(createBucket, { name, ...given })).toMatchObject({ state: "SUCCESS" });
  return name;
}

describe("CreateBucket", () => {
  test("tells what it made", async () => {
    const name = crypto.randomUUID();
    const given = { name, description: "prices", historyPerKey: 3, bucketSize: 10_000, valueSize: 100 };
    expect((await run(createBucket, given)).outputs).toEqual({
      bucket: name,
      description: "prices",
      history: 3,
      entryCount: 0,
      bucketSize: 10_000,
      valueSize: 100,
      metadata: {},
    });
  });

  test("makes one without limits, and none that is there", async () => {
    const name = crypto.randomUUID();
    const expected = { history: 1, bucketSize: -1, valueSize: -1 };
    expect((await run(createBucket, { name })).outputs).toMatchObject(expected);
    expect((await run(createBucket, { name })).message).toContain(`There is a bucket ${name} already.`);
  });

  test.each([
    [{ historyPerKey: 65 }, "historyPerKey"],
    [{ name: "a b" }, "bucket"],
  ])("with %j fails", async (given, message) => {
    const outcome = await run(createBucket, { name: crypto.randomUUID(), ...given });
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
  });
});

describe("keys", () => {
  test("are set, read and deleted", async () => {
    const bucketName = await bucket();
    const values = { a: "text", b: { x: [1, null] }, c: 5 };
    expect((await run(put, { bucketName, values })).outputs).toEqual({ revisions: { a: 1, b: 2, c: 3 } });
    expect((await run(get, { bucketName, keys: ["a", "b", "c", "d"] })).outputs).toEqual({ output: values });
    expect((await run(deleteKeys, { bucketName, keys: ["a", "a", "d"] })).outputs).toEqual({ deletedCount: 1 });
    expect((await run(get, { bucketName, keys: "{{ keys }}" })).outputs).toEqual({ output: { b: { x: [1, null] } } });
    expect((await run(deleteKeys, { bucketName, keys: "a" })).outputs).toEqual({ deletedCount: 0 });
  });

  test("are read as they were", async () => {
    const bucketName = await bucket({ historyPerKey: 2 });
    await run(put, { bucketName, values: { a: "old", b: "old" } });
    await run(put, { bucketName, values: { a: "new", b: "new" } });
    const given = { bucketName, keys: ["a", "b"], keyRevisions: { a: 1 } };
    expect((await run(get, given)).outputs).toEqual({ output: { a: "old", b: "new" } });
  });

  test.each([
    ["Put", put, { values: { a: 1 } }],
    ["Get", get, { keys: "a" }],
    ["Delete", deleteKeys, { keys: "a" }],
  ])("%s fails without its bucket", async (_name, task, given) => {
    const { message } = await run(task, { bucketName: "missing", ...given });
    expect(message).toBe("There is no bucket missing. Make it with `CreateBucket`.");
  });

  test("of more bytes than the bucket takes are refused", async () => {
    const bucketName = await bucket({ valueSize: 100 });
    expect(await run(put, { bucketName, values: { a: "x".repeat(60) } })).toMatchObject({ state: "SUCCESS" });
    const { message } = await run(put, { bucketName, values: { a: "x".repeat(101) } });
    expect(message).toMatch(/can't be used: .*message size/u);
  });
});
