import { createHash } from "node:crypto";
import type { ExecutionFiles, TaskDefinition } from "@capstan/sdk";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBucketWorld, definition } from "../testing/bucket-world.ts";

let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 300_000);
afterAll(() => server.stop());

const md5 = (text: string) => `"${createHash("md5").update(text).digest("hex")}"`;

describe("Download", () => {
  test("stores one object, and puts out what is known of it", async () => {
    const { world, run, s3, bucket } = await createBucketWorld(server);
    const object = { Bucket: bucket, Key: "in/a.csv", Body: "content" };
    await s3.putObject({ ...object, ContentType: "text/csv", Metadata: { owner: "ops" } });
    const { outputs } = await run("s3.Download", { key: "in/a.csv" });
    expect(outputs).toEqual({
      uri: expect.stringMatching(/a\.csv$/),
      contentLength: 7,
      contentType: "text/csv",
      metadata: { owner: "ops" },
      eTag: md5("content"),
    });
    expect(await world.files.text(outputs!["uri"] as string)).toBe("content");
    expect(world.metrics).toContainEqual({ name: "file.size", type: "counter", value: 7 });
    expect(world.logs.at(-1)?.message).toBe("Downloaded one object of 7 bytes");
  });

  test("stores an older version", async () => {
    const { world, run, s3, bucket, write } = await createBucketWorld(server);
    await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
    await write("a", "old");
    const { VersionId } = await s3.headObject({ Bucket: bucket, Key: "a" });
    await write("a", "new");
    const { outputs } = await run("s3.Download", { key: "a", versionId: VersionId! });
    expect(outputs).toMatchObject({ versionId: VersionId });
    expect(await world.files.text(outputs!["uri"] as string)).toBe("old");
  });

  test.each([
    { properties: { prefix: "in/" }, keys: ["in/a.csv", "in/b.txt", "in/deep/c.csv"] },
    { properties: { prefix: "in/", delimiter: "/" }, keys: ["in/a.csv", "in/b.txt"] },
    { properties: { regexp: ".*\\.csv" }, keys: ["in/a.csv", "in/deep/c.csv"] },
    { properties: { prefix: "in/", regexp: "a" }, keys: [] },
    { properties: { prefix: "in/", marker: "in/a.csv", maxFiles: 1 }, keys: ["in/b.txt"] },
  ])("chooses several by $properties", async ({ properties, keys }) => {
    const { world, run, write } = await createBucketWorld(server);
    for (const key of ["in/", "in/a.csv", "in/b.txt", "in/deep/c.csv", "out/d.txt"]) await write(key);
    const { outputs } = await run("s3.Download", properties);
    const files = outputs!["files"] as Record<string, { uri: string; contentLength: number }>;
    expect(Object.keys(files)).toEqual(keys);
    for (const [key, { uri, contentLength }] of Object.entries(files)) {
      expect(await world.files.text(uri)).toBe(key);
      expect(contentLength).toBe(key.length);
    }
  });

  test.each([
    { properties: {}, told: "Nothing says which objects to download" },
    { properties: { key: "missing" }, told: "there is no such object. Check `key` (NoSuchKey, HTTP 404" },
    { properties: { key: "a", bucket: "missing" }, told: "there is no such bucket" },
    { properties: { prefix: "a", maxFiles: 0 }, told: "maxFiles" },
    { properties: { regexp: "(" }, told: "`regexp` can't be matched" },
  ])("tells what is wrong with $properties", async ({ properties, told }) => {
    const { run, write } = await createBucketWorld(server);
    await write("a");
    expect(await run("s3.Download", properties)).toMatchObject({
      state: "FAILED",
      message: expect.stringContaining(told),
    });
  });

  test("an object whose key leads out of any folder is stored like any other", async () => {
    const { world, run, write } = await createBucketWorld(server);
    const key = "in/../../../etc/passwd";
    await write(key, "content");
    const one = await run("s3.Download", { key });
    const many = await run("s3.Download", { prefix: "in/" });
    const files = many.outputs!["files"] as Record<string, { uri: string }>;
    for (const uri of [one.outputs!["uri"] as string, files[key]!.uri]) {
      expect(uri).toMatch(/^kestra:\/\/\/my-flow\/executions\/execution1\/tasks\/task\/\d-passwd$/);
      expect(await world.files.text(uri)).toBe("content");
    }
  });

  test("a connection that breaks in the middle fails the task", async () => {
    const { run, write, behind } = await createBucketWorld(server);
    await write("a", Buffer.alloc(100_000));
    const proxy = await behind((request) => (request.startsWith("GET") ? { breaksAfterBytes: 1_000 } : undefined));
    const outcome = await run("s3.Download", { key: "a", endpointOverride: proxy.endpoint });
    expect(outcome).toMatchObject({
      state: "FAILED",
      message: expect.stringMatching(/^Downloading s3:\/\/[\w-]+\/a failed: /),
    });
  });

  test("a kill ends a download in the middle, and its connection", async () => {
    const kill = new AbortController();
    const { world, place, write, behind } = await createBucketWorld(server, { signal: kill.signal });
    await write("a", Buffer.alloc(20_000_000));
    const proxy = await behind(() => undefined);
    const task = definition("s3.Download") as TaskDefinition;
    const context = world.context<never>(task, { ...place, key: "a", endpointOverride: proxy.endpoint });
    const put = async (_name: string, content: unknown) => {
      for await (const _chunk of content as AsyncIterable<Buffer>) kill.abort();
      return "never";
    };
    await expect(task.run!({ ...context, files: { ...world.files, put } })).rejects.toThrow(/abort/i);
    await expect.poll(() => proxy.cutOff(), { timeout: 30_000 }).toBe(1);
  });
});

describe("a download that is validated", () => {
  test.each([
    { checksumAlgorithm: "SHA256", checksumValue: "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M=" },
    { checksumAlgorithm: "CRC32", checksumValue: "/sUwqQ==" },
    { checksumAlgorithm: "CRC64NVME", checksumValue: "lhVdXyVQTGE=" },
  ] as const)("puts out the checksum $checksumAlgorithm that it was compared with", async (checksum) => {
    const { run, s3, bucket } = await createBucketWorld(server);
    const ChecksumAlgorithm = checksum.checksumAlgorithm;
    await s3.putObject({ Bucket: bucket, Key: "a", Body: "content", ChecksumAlgorithm });
    const { outputs } = await run("s3.Download", { key: "a", validateChecksum: true });
    expect(outputs).toMatchObject(checksum);
  });

  test("fails where the content is not what was stored", async () => {
    const { world, run, s3, bucket } = await createBucketWorld(server);
    const wrong = createHash("sha256").update("other").digest("base64");
    // The server for tests takes any checksum that is given.
    const object = { Bucket: bucket, Key: "a", Body: "content", ChecksumAlgorithm: "SHA256" } as const;
    await s3.putObject({ ...object, ChecksumSHA256: wrong });
    const outcome = await run("s3.Download", { key: "a", validateChecksum: true });
    expect(outcome.message).toBe(`s3://${bucket}/a did not arrive as it was stored: its checksum is another one.`);
    expect(world.files.uris()).toEqual([]);
    expect((await run("s3.Download", { key: "a" })).state).toBe("SUCCESS");
  });

  test("warns where there is nothing to compare with", async () => {
    const { world, run, access, bucket } = await createBucketWorld(server);
    const { s3 } = await access();
    await s3.putObject({ Bucket: bucket, Key: "a", Body: "content" });
    expect((await run("s3.Download", { key: "a", validateChecksum: true })).state).toBe("SUCCESS");
    expect(world.logs).toContainEqual({
      level: "WARN",
      message: `s3://${bucket}/a has no checksum of its whole content: it could not be validated.`,
    });
  });
});

describe("Downloads", () => {
  test("stores objects and leaves them with NONE", async () => {
    const { world, run, write, keys } = await createBucketWorld(server);
    await write("in/a", "content");
    await write("in/b", "more");
    const { outputs } = await run("s3.Downloads", { prefix: "in/", action: "NONE" });
    const objects = outputs!["objects"] as { uri: string }[];
    expect(objects).toMatchObject([
      { key: "in/a", etag: md5("content"), size: 7, lastModified: expect.stringMatching(/Z$/) },
      { key: "in/b", etag: md5("more"), size: 4 },
    ]);
    expect(outputs!["outputFiles"]).toEqual({ "in/a": objects[0]!.uri, "in/b": objects[1]!.uri });
    expect(await world.files.text(objects[0]!.uri)).toBe("content");
    expect(await keys()).toEqual(["in/a", "in/b"]);
  });

  test("deletes objects with DELETE, and only those that are stored", async () => {
    const { run, write, keys } = await createBucketWorld(server);
    for (const key of ["in/a", "in/b", "in/c"]) await write(key);
    await run("s3.Downloads", { prefix: "in/", action: "DELETE", maxFiles: 2 });
    expect(await keys()).toEqual(["in/c"]);
  });

  test.each([
    { key: "archive", at: "archive/" },
    { key: "archive//", at: "archive/" },
    { key: "", at: "" },
  ])("moves objects to the folder $key with MOVE", async ({ key, at }) => {
    const { run, write, keys, read, s3, bucket } = await createBucketWorld(server);
    await write("in/a ü+%?.csv", "content");
    await write("in/folder/");
    await s3.putObject({ Bucket: bucket, Key: "in/b", Body: "more", ContentType: "text/csv", Metadata: { a: "b" } });
    const outcome = await run("s3.Downloads", { prefix: "in/", action: "MOVE", moveTo: { key } });
    expect(outcome.message).toBeUndefined();
    expect(await keys()).toEqual([`${at}a ü+%?.csv`, `${at}b`, `${at}folder/`]);
    expect(await read(`${at}a ü+%?.csv`)).toBe("content");
    const head = await s3.headObject({ Bucket: bucket, Key: `${at}b` });
    expect(head).toMatchObject({ ContentType: "text/csv", Metadata: { a: "b" } });
  });

  test("moves objects to another bucket, encrypted", async () => {
    const { run, write, keys, bucket, s3 } = await createBucketWorld(server);
    const other = `${bucket}-2`;
    await run("s3.CreateBucket", { bucket: other });
    await write("in/a");
    const moveTo = { bucket: other, key: "x", serverSideEncryption: "AES256" };
    await run("s3.Downloads", { prefix: "in/", action: "MOVE", moveTo });
    expect(await keys()).toEqual([]);
    expect(await s3.headObject({ Bucket: other, Key: "x/a" })).toMatchObject({ ServerSideEncryption: "AES256" });
  });

  test("an object that lies where it would be moved to stays", async () => {
    const { run, write, keys, read } = await createBucketWorld(server);
    await write("in/a", "content");
    await run("s3.Downloads", { prefix: "in/", action: "MOVE", moveTo: { key: "in" } });
    expect([await keys(), await read("in/a")]).toEqual([["in/a"], "content"]);
  });

  test.each([
    { properties: { action: "MOVE" }, told: "`action: MOVE` needs `moveTo.key`" },
    { properties: {}, told: "action" },
    {
      properties: { action: "MOVE", moveTo: { key: "x" } },
      told: "in/1/a and in/2/a would both be moved to x/a, and one of them be lost",
    },
  ])("changes nothing with $properties", async ({ properties, told }) => {
    const { run, write, keys } = await createBucketWorld(server);
    for (const key of ["in/1/a", "in/2/a"]) await write(key);
    expect(await run("s3.Downloads", { prefix: "in/", ...properties })).toMatchObject({
      state: "FAILED",
      message: expect.stringContaining(told),
    });
    expect(await keys()).toEqual(["in/1/a", "in/2/a"]);
  });

  test("when one object can't be stored, none is deleted", async () => {
    const { run, write, behind, keys } = await createBucketWorld(server);
    for (const key of ["in/a", "in/b", "in/c"]) await write(key);
    const proxy = await behind((request) => (/^GET \S*\/in\/b/.test(request) ? "unavailable" : undefined));
    const properties = { prefix: "in/", action: "DELETE", endpointOverride: proxy.endpoint };
    expect(await run("s3.Downloads", properties)).toMatchObject({ state: "FAILED" });
    expect(await keys()).toEqual(["in/a", "in/b", "in/c"]);
  });

  test("an object that changes while it is moved is not lost", async () => {
    const { world, place, write, keys, read } = await createBucketWorld(server);
    await write("in/a", "old");
    const task = definition("s3.Downloads") as TaskDefinition;
    const properties = { ...place, prefix: "in/", action: "MOVE", moveTo: { key: "x" } };
    const put: ExecutionFiles["put"] = async (name, content) => {
      const uri = await world.files.put(name, content);
      await write("in/a", "new");
      return uri;
    };
    const ended = task.run!({ ...world.context<never>(task, properties), files: { ...world.files, put } });
    await expect(ended).rejects.toThrow(/^Copying s3:\S+ to s3:\S+ failed: it has changed in the meantime \(/);
    expect([await keys(), await read("in/a")]).toEqual([["in/a"], "new"]);
  });
});
