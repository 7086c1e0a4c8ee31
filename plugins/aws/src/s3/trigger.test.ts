import type { ExecutionFiles, JsonMap, JsonValue } from "@capstan/sdk";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BucketWorld, createBucketWorld, type Finding } from "../testing/bucket-world.ts";
import { FAILURES_MAX } from "./store-changes.ts";

let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 300_000);
afterAll(() => server.stop());

/** What an answer names, as `KEY CHANGE`. */
function shown(found: Finding): readonly string[] {
  return (found?.objects ?? []).map(({ key, changeType }) => `${key} ${changeType}`);
}

/** Asks again and again, as a scheduler does that loses nothing: each question gets the position of the last answer that had one. */
function scheduler({ ask }: BucketWorld, properties: JsonMap) {
  let position: JsonValue | undefined;
  return {
    /** The answer becomes durable. */
    ask: async () => {
      const found = await ask({ interval: "PT1S", action: "NONE", ...properties }, position);
      position = found?.position ?? position;
      return shown(found);
    },
    /** The answer is lost in a crash before it is durable. */
    askAndCrash: async () => shown(await ask({ action: "NONE", ...properties }, position)),
    position: () => position,
  };
}

describe("what an execution is started for", () => {
  test("objects that are new, and ones whose content has changed, once", async () => {
    const world = await createBucketWorld(server);
    const { ask } = scheduler(world, { prefix: "in/" });
    expect(await ask()).toEqual([]);
    await world.write("in/a");
    await world.write("out/b");
    expect(await ask()).toEqual(["in/a CREATE"]);
    expect(await ask()).toEqual([]);
    await world.write("in/a", "changed");
    await world.write("in/c");
    expect((await ask()).toSorted()).toEqual(["in/a UPDATE", "in/c CREATE"]);
    expect(await ask()).toEqual([]);
  });

  test.each([
    { on: "CREATE", first: ["a CREATE"], then: ["b CREATE"] },
    { on: "UPDATE", first: [], then: ["a UPDATE"] },
    { on: "CREATE_OR_UPDATE", first: ["a CREATE"], then: ["a UPDATE", "b CREATE"] },
  ])("by `on: $on`", async ({ on, first, then }) => {
    const world = await createBucketWorld(server);
    const { ask } = scheduler(world, { on });
    await world.write("a");
    expect(await ask()).toEqual(first);
    await world.write("a", "changed");
    await world.write("b");
    expect((await ask()).toSorted()).toEqual(then);
    expect(await ask()).toEqual([]);
  });

  test.each([
    { properties: { filter: "FILES" }, keys: ["in/a.csv", "in/b.txt"] },
    { properties: { filter: "DIRECTORY" }, keys: ["in/"] },
    { properties: { regexp: ".*\\.csv" }, keys: ["in/a.csv"] },
    { properties: { marker: "in/a.csv" }, keys: ["in/b.txt"] },
  ])("those that $properties choose", async ({ properties, keys }) => {
    const world = await createBucketWorld(server);
    for (const key of ["in/", "in/a.csv", "in/b.txt"]) await world.write(key);
    const { ask } = scheduler(world, properties);
    expect((await ask()).toSorted()).toEqual(keys.map((key) => `${key} CREATE`));
  });

  test("the variables hold what is known of the objects, and their files", async () => {
    const { ask, world, write, bucket, s3 } = await createBucketWorld(server);
    await write("in/a.csv", "content");
    const found = await ask({ action: "NONE" });
    const { LastModified } = await s3.headObject({ Bucket: bucket, Key: "in/a.csv" });
    expect(found?.objects).toEqual([
      {
        key: "in/a.csv",
        uri: expect.stringMatching(/a\.csv$/),
        etag: '"9a0364b9e99bb480dd25e1f0284c8555"',
        size: 7,
        lastModified: LastModified!.toISOString(),
        checksumAlgorithm: "CRC32",
        owner: { id: expect.any(String), displayName: "webfile" },
        changeType: "CREATE",
      },
    ]);
    expect(await world.files.text(found!.objects![0]!.uri)).toBe("content");
  });

  test.each([{ limit: { maxFiles: 2 } }, { limit: { maxKeys: 2 } }])(
    "so many at once as $limit allows, and the others after them",
    async ({ limit }) => {
      const world = await createBucketWorld(server);
      for (const key of ["a", "b", "c", "d", "e"]) await world.write(key);
      const { ask } = scheduler(world, limit);
      const batches = [await ask(), await ask(), await ask(), await ask()];
      expect(batches.map((batch) => batch.length)).toEqual([2, 2, 1, 0]);
      expect(batches.flat().toSorted()).toEqual(["a", "b", "c", "d", "e"].map((key) => `${key} CREATE`));
    },
  );

  test("so many as an event has room for, of any size of key", async () => {
    const world = await createBucketWorld(server);
    const keys = Array.from({ length: 70 }, (_, at) => `${at}/${"x".repeat(1_000)}`);
    for (const key of keys) await world.write(key);
    const { ask, position } = scheduler(world, { maxFiles: 1_000, action: "DELETE" });
    const first = await ask();
    expect(first.length).toBeGreaterThan(40);
    expect(first.length).toBeLessThan(70);
    expect(JSON.stringify([first, position()]).length).toBeLessThan(265_000);
    expect([...first, ...(await ask())]).toHaveLength(70);
  });

  test("an object that was deleted and comes again is new, unless it is still known by `stateTtl`", async () => {
    let now = Date.UTC(2026, 0, 1);
    const world = await createBucketWorld(server, { now: () => now });
    const plain = scheduler(world, {});
    const lasting = scheduler(world, { stateTtl: "PT1H" });
    const both = async () => [await plain.ask(), await lasting.ask()];
    await world.write("a");
    expect(await both()).toEqual([["a CREATE"], ["a CREATE"]]);
    await world.run("s3.Delete", { key: "a" });
    expect(await both()).toEqual([[], []]);
    now += 59 * 60_000;
    await world.write("a");
    expect(await both()).toEqual([["a CREATE"], []]);
    await world.run("s3.Delete", { key: "a" });
    await both();
    now += 59 * 60_000;
    await world.write("a", "changed");
    expect(await both()).toEqual([["a CREATE"], ["a UPDATE"]]);
    await world.run("s3.Delete", { key: "a" });
    await both();
    now += 61 * 60_000;
    expect(await both()).toEqual([[], []]);
    await world.write("a", "changed");
    expect(await both()).toEqual([["a CREATE"], ["a CREATE"]]);
  });

  test("another `stateKey` knows nothing, nor does another bucket", async () => {
    const world = await createBucketWorld(server);
    await world.write("a");
    const first = await world.ask({ action: "NONE" });
    const position = first!.position!;
    expect(await world.ask({ action: "NONE" }, position)).toBeUndefined();
    expect(shown(await world.ask({ action: "NONE", stateKey: "again" }, position))).toEqual(["a CREATE"]);
    const other = `${world.bucket}-2`;
    await world.run("s3.CreateBucket", { bucket: other });
    await world.s3.putObject({ Bucket: other, Key: "a", Body: "a" });
    expect(shown(await world.ask({ action: "NONE", bucket: other }, position))).toEqual(["a CREATE"]);
  });
});

describe("what becomes of the objects", () => {
  test("with DELETE they are deleted at the question after their event is durable", async () => {
    const world = await createBucketWorld(server);
    const { ask } = scheduler(world, { action: "DELETE" });
    await world.write("a");
    expect(await ask()).toEqual(["a CREATE"]);
    expect(await world.keys()).toEqual(["a"]);
    expect(await ask()).toEqual([]);
    expect(await world.keys()).toEqual([]);
    await world.write("a");
    expect(await ask()).toEqual(["a CREATE"]);
  });

  test("with MOVE they are at their new place when the execution starts, and gone from the old one after it", async () => {
    const world = await createBucketWorld(server);
    const { ask } = scheduler(world, { prefix: "in/", action: "MOVE", moveTo: { key: "archive/in/" } });
    await world.write("in/a", "content");
    expect(await ask()).toEqual(["in/a CREATE"]);
    expect(await world.keys()).toEqual(["archive/in/a", "in/a"]);
    expect(await ask()).toEqual([]);
    expect(await world.keys()).toEqual(["archive/in/a"]);
    expect(await world.read("archive/in/a")).toBe("content");
  });

  test("a place below the prefix is no place that objects arrive at", async () => {
    const world = await createBucketWorld(server);
    const { ask } = scheduler(world, { action: "MOVE", moveTo: { key: "archive" } });
    await world.write("a");
    expect([await ask(), await ask(), await ask()]).toEqual([["a CREATE"], [], []]);
    expect(await world.keys()).toEqual(["archive/a"]);
  });

  test("two of one name are not moved over each other in one event", async () => {
    const world = await createBucketWorld(server);
    const { ask } = scheduler(world, { prefix: "in/", action: "MOVE", moveTo: { key: "archive" } });
    for (const key of ["in/1/a", "in/2/a", "in/2/b"]) await world.write(key, key);
    expect((await ask()).length).toBe(2);
    expect((await ask()).length).toBe(1);
    expect(await ask()).toEqual([]);
    expect(await world.keys()).toEqual(["archive/a", "archive/b"]);
  });

  test.each([
    { what: "the same content", content: "content", change: "CREATE" },
    { what: "another content", content: "other", change: "CREATE" },
  ])("what arrives with $what under the same key before it is deleted is kept", async ({ content, change }) => {
    const world = await createBucketWorld(server);
    const { ask } = scheduler(world, { action: "DELETE" });
    await world.write("a", "content");
    expect(await ask()).toEqual(["a CREATE"]);
    const { LastModified } = await world.s3.headObject({ Bucket: world.bucket, Key: "a" });
    // The time is in whole seconds.
    await expect
      .poll(
        async () => {
          await world.write("a", content);
          return (await world.s3.headObject({ Bucket: world.bucket, Key: "a" })).LastModified!.getTime();
        },
        { timeout: 30_000 },
      )
      .toBeGreaterThan(LastModified!.getTime());
    expect(await ask()).toEqual([`a ${change}`]);
    expect(await ask()).toEqual([]);
    expect(await world.keys()).toEqual([]);
  });

  test("when `action` becomes NONE, what was handled stays and is not new", async () => {
    const world = await createBucketWorld(server);
    await world.write("a");
    const { position } = (await world.ask({ action: "DELETE" }))!;
    expect(shown(await world.ask({ action: "NONE" }, position))).toEqual([]);
    expect(await world.keys()).toEqual(["a"]);
  });

  test("when the bucket is another one, what was handled stays, and is told", async () => {
    const world = await createBucketWorld(server);
    await world.write("a");
    const { position } = (await world.ask({ action: "DELETE" }))!;
    const other = `${world.bucket}-2`;
    await world.run("s3.CreateBucket", { bucket: other });
    await world.ask({ action: "DELETE", bucket: other }, position);
    expect(await world.keys()).toEqual(["a"]);
    expect(world.world.logs.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/\/a was handled, and stays where it is/),
    );
  });
});

describe("a crash loses nothing, and starts nothing twice", () => {
  test.each([
    { action: "NONE", left: ["a", "b"] },
    { action: "DELETE", left: [] },
    { action: "MOVE", left: ["x/a", "x/b"] },
  ])("at any point, with $action", async ({ action, left }) => {
    const world = await createBucketWorld(server);
    const { ask, askAndCrash } = scheduler(world, { action, moveTo: { key: "x" } });
    await world.write("a");
    // Before the event is durable: it is found again.
    expect(await askAndCrash()).toEqual(["a CREATE"]);
    expect(await askAndCrash()).toEqual(["a CREATE"]);
    expect(await ask()).toEqual(["a CREATE"]);
    // After it, while what was handled is deleted: that is done again, and what arrived is not forgotten.
    await world.write("b");
    expect(await askAndCrash()).toEqual(["b CREATE"]);
    expect(await ask()).toEqual(["b CREATE"]);
    expect([await askAndCrash(), await askAndCrash(), await ask()]).toEqual([[], [], []]);
    expect(await world.keys()).toEqual(left);
  });

  test.each([
    { what: "changes", change: (world: BucketWorld) => world.write("a", "new"), next: ["a CREATE"] },
    { what: "is deleted", change: (world: BucketWorld) => world.run("s3.Delete", { key: "a" }), next: [] },
  ])("an object that $what while it is moved is left to the next question", async ({ change, next }) => {
    const world = await createBucketWorld(server);
    await world.write("a", "old");
    const { files } = world.world;
    const put: ExecutionFiles["put"] = async (name, content) => {
      const uri = await files.put(name, content);
      await change(world);
      return uri;
    };
    const properties = { action: "MOVE", moveTo: { key: "x" } };
    const found = await world.ask(properties, undefined, { files: { ...files, put } });
    expect([shown(found), files.uris()]).toEqual([[], []]);
    const then = await world.ask(properties, found?.position);
    expect(shown(then)).toEqual(next);
    if (next.length > 0) expect(await files.text(then!.objects![0]!.uri)).toBe("new");
  });

  test("an event that was interrupted leaves no file", async () => {
    const kill = new AbortController();
    const world = await createBucketWorld(server, { signal: kill.signal });
    for (const key of ["a", "b", "c"]) await world.write(key);
    const proxy = await world.behind((request) => {
      if (!/^GET \S*\/b/.test(request)) return undefined;
      kill.abort();
      return "silent";
    });
    const asked = world.ask({ action: "DELETE", endpointOverride: proxy.endpoint });
    await expect(asked).rejects.toThrow(/abort/i);
    expect(world.world.files.uris()).toEqual([]);
    expect(await world.keys()).toEqual(["a", "b", "c"]);
  });
});

describe("objects that can't be stored", () => {
  test("wait for the next question, and hold up no others", async () => {
    const world = await createBucketWorld(server);
    for (const key of ["a", "b", "c"]) await world.write(key);
    let fails = true;
    const proxy = await world.behind((request) => (fails && /^GET \S*\/b/.test(request) ? "unavailable" : undefined));
    const { ask } = scheduler(world, { action: "DELETE", endpointOverride: proxy.endpoint });
    expect((await ask()).toSorted()).toEqual(["a CREATE", "c CREATE"]);
    expect(world.world.logs).toContainEqual({
      level: "WARN",
      message: expect.stringMatching(/^Downloading s3:\/\/[\w-]+\/b failed: .* It is tried again later\.$/),
    });
    fails = false;
    expect(await ask()).toEqual(["b CREATE"]);
  });

  test("fail the question when there are no others, or too many", async () => {
    const world = await createBucketWorld(server);
    await world.write("a");
    const proxy = await world.behind((request) => (/^GET \S*\/(?:a|\d+)/.test(request) ? "unavailable" : undefined));
    const properties = { action: "NONE", endpointOverride: proxy.endpoint };
    await expect(world.ask(properties)).rejects.toThrow(/^Downloading s3:/);
    for (let at = 0; at < FAILURES_MAX + 2; at += 1) await world.write(`${at}`);
    const before = proxy.requests.length;
    await expect(world.ask(properties)).rejects.toThrow(/^Downloading s3:/);
    // The library tries each three times.
    expect(proxy.requests.slice(before).filter((request) => request.includes("GetObject")).length).toBe(
      FAILURES_MAX * 3,
    );
  }, 300_000);

  test.each([
    { properties: { action: "MOVE" }, told: "`action: MOVE` needs `moveTo.key`" },
    { properties: { action: "NONE", bucket: "missing" }, told: "there is no such bucket" },
    { properties: {}, told: "action" },
  ])("tells what is wrong with $properties", async ({ properties, told }) => {
    const world = await createBucketWorld(server);
    await expect(world.ask(properties)).rejects.toThrow(told);
  });
});
