import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { startServer } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBucketWorld } from "../testing/bucket-world.ts";
import { copyObject } from "./copy-object.ts";
import { deleteObjects, KEYS_MAX } from "./delete-objects.ts";

const MIB = 1_048_576;
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 300_000);
afterAll(() => server.stop());

describe("List", () => {
  const KEYS = ["a.csv", "b.txt", "in/", "in/c.csv", "in/deep/d.csv"];
  test.each([
    { properties: {}, keys: KEYS },
    { properties: { filter: "BOTH" }, keys: KEYS },
    { properties: { filter: "FILES" }, keys: ["a.csv", "b.txt", "in/c.csv", "in/deep/d.csv"] },
    { properties: { filter: "DIRECTORY" }, keys: ["in/"] },
    { properties: { prefix: "in/" }, keys: ["in/", "in/c.csv", "in/deep/d.csv"] },
    { properties: { prefix: "in/", delimiter: "/" }, keys: ["in/", "in/c.csv"] },
    { properties: { delimiter: "/" }, keys: ["a.csv", "b.txt"] },
    { properties: { marker: "b.txt" }, keys: ["in/", "in/c.csv", "in/deep/d.csv"] },
    { properties: { regexp: ".*\\.csv" }, keys: ["a.csv", "in/c.csv", "in/deep/d.csv"] },
    { properties: { regexp: "a|b" }, keys: [] },
    { properties: { regexp: "a.csv|b.txt" }, keys: ["a.csv", "b.txt"] },
    { properties: { maxKeys: 2, regexp: ".*\\.csv" }, keys: ["a.csv"] },
    { properties: { maxFiles: 1, regexp: "in/.*" }, keys: ["in/"] },
    { properties: { encodingType: "url" }, keys: KEYS },
  ])("finds $keys with $properties", async ({ properties, keys }) => {
    const { run, write } = await createBucketWorld(server);
    for (const key of KEYS) await write(key);
    const { outputs } = await run("s3.List", properties);
    expect((outputs!["objects"] as { key: string }[]).map(({ key }) => key)).toEqual(keys);
  });

  test("puts out what is known of an object", async () => {
    const { world, run, s3, bucket } = await createBucketWorld(server);
    await s3.putObject({ Bucket: bucket, Key: "a", Body: "content", ChecksumAlgorithm: "SHA256" });
    const { outputs } = await run("s3.List", {});
    expect(outputs!["objects"]).toEqual([
      {
        key: "a",
        etag: '"9a0364b9e99bb480dd25e1f0284c8555"',
        size: 7,
        lastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        owner: { id: expect.any(String), displayName: "webfile" },
        checksumAlgorithm: "SHA256",
      },
    ]);
    expect(world.metrics).toEqual([{ name: "size", type: "counter", value: 1 }]);
    expect(world.logs).toEqual([{ level: "INFO", message: `Found 1 objects at s3://${bucket}/` }]);
  });

  test("decodes keys that the server has encoded", async () => {
    const { run, write } = await createBucketWorld(server);
    const key = "a b+c%20ü?&\u0001/é";
    await write(key);
    const { outputs } = await run("s3.List", { encodingType: "url" });
    expect(outputs!["objects"]).toMatchObject([{ key }]);
  });

  test("goes on where a page ends, up to its limits, and warns of what it leaves out", async () => {
    const { world, run, write, ask } = await createBucketWorld(server);
    for (let start = 0; start < 1_005; start += 67)
      await Promise.all(Array.from({ length: 67 }, (_, at) => write(String(start + at).padStart(5, "0"), "")));
    const count = async (properties: Record<string, number>) =>
      ((await run("s3.List", properties)).outputs!["objects"] as unknown[]).length;
    expect(await count({ maxKeys: 1_005, maxFiles: 1_005 })).toBe(1_005);
    expect(world.logs.filter(({ level }) => level === "WARN")).toEqual([]);
    expect(await count({ maxKeys: 1_004, maxFiles: 2_000 })).toBe(1_004);
    expect(await count({ maxKeys: 2_000 })).toBe(25);
    expect(world.logs.filter(({ level }) => level === "WARN").map(({ message }) => message)).toEqual([
      "There are more than 1004 keys: the others are not looked at. Raise `maxKeys` for them.",
      "More than 25 objects are there: the others are left out. Raise `maxFiles` for them.",
    ]);
    // A trigger looks at every page.
    const known = await ask({ action: "NONE", on: "UPDATE" });
    await write("01004", "changed");
    expect((await ask({ action: "NONE" }, known?.position))?.objects).toMatchObject([{ key: "01004" }]);
  });

  test("a bucket of somebody else fails", async () => {
    const { run } = await createBucketWorld(server);
    const outcome = await run("s3.List", { bucket: "missing" });
    expect(outcome.message).toMatch(/^Listing s3:\/\/missing\/ failed: there is no such bucket\. Check `bucket` \(/);
  });
});

describe("Copy", () => {
  test.each([
    { to: { key: "b" }, keys: ["a", "b"] },
    { to: { key: "ü +%?/b" }, keys: ["a", "ü +%?/b"] },
  ])("copies to $to", async ({ to, keys: expected }) => {
    const { run, write, keys, read, bucket } = await createBucketWorld(server);
    await write("a", "content");
    const outcome = await run("s3.Copy", { from: { bucket, key: "a" }, to });
    expect(outcome).toMatchObject({
      state: "SUCCESS",
      outputs: { bucket, key: to.key, eTag: '"9a0364b9e99bb480dd25e1f0284c8555"' },
    });
    expect([await keys(), await read(to.key)]).toEqual([expected, "content"]);
  });

  test("copies to another bucket under the same key, and deletes the original", async () => {
    const { run, write, keys, bucket, s3 } = await createBucketWorld(server);
    const other = `${bucket}-2`;
    await run("s3.CreateBucket", { bucket: other });
    await write("a");
    const to = { bucket: other, serverSideEncryption: "AWS_KMS", kmsKeyId: "key-1" };
    const outcome = await run("s3.Copy", {
      from: { bucket, key: "a", serverSideEncryption: "NONE" },
      to,
      delete: true,
    });
    expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { bucket: other, key: "a" } });
    expect(await keys()).toEqual([]);
    const head = await s3.headObject({ Bucket: other, Key: "a" });
    expect(head).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: "key-1" });
  });

  test("copies an older version", async () => {
    const { run, write, read, s3, bucket } = await createBucketWorld(server);
    await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
    await write("a", "old");
    const { VersionId } = await s3.headObject({ Bucket: bucket, Key: "a" });
    await write("a", "new");
    const outcome = await run("s3.Copy", { from: { bucket, key: "a", versionId: VersionId! }, to: { key: "b" } });
    expect(outcome.outputs).toMatchObject({ versionId: expect.any(String) });
    expect(await read("b")).toBe("old");
  });

  test.each([
    { from: { key: "a" }, to: {}, told: "The copy would be the original itself, and `delete` would delete it" },
    {
      from: { key: "missing" },
      to: { key: "b" },
      told: "it is not there. Check `bucket` and `key` (NotFound, HTTP 404",
    },
  ])("changes nothing from $from to $to", async ({ from, to, told }) => {
    const { run, write, keys, bucket } = await createBucketWorld(server);
    await write("a");
    const outcome = await run("s3.Copy", { from: { bucket, ...from }, to, delete: true });
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(told) });
    expect(await keys()).toEqual(["a"]);
  });

  describe("of an object that is too large for one request", () => {
    const SIZES = { wholeBytesMax: 10 * MIB, partBytes: 5 * MIB };
    const large = (bucket: string, size: number) => ({
      Bucket: bucket,
      Key: "a",
      Body: Buffer.alloc(size, "content "),
      ContentType: "text/plain",
      CacheControl: "no-store",
      Expires: new Date("2030-01-01T00:00:00Z"),
      Metadata: { owner: "ops" },
    });

    test.each([
      { size: 10 * MIB, parts: 0 },
      { size: 10 * MIB + 1, parts: 3 },
    ])("$size bytes are copied in $parts parts, with all that is kept with it", async ({ size, parts }) => {
      const { s3, access, bucket, unfinished } = await createBucketWorld(server);
      await s3.putObject(large(bucket, size));
      await copyObject(await access(), { bucket, key: "a" }, { bucket, key: "b" }, SIZES);
      const { ETag, ...head } = await s3.headObject({ Bucket: bucket, Key: "b" });
      expect(head).toMatchObject({
        ContentLength: size,
        ContentType: "text/plain",
        CacheControl: "no-store",
        ExpiresString: expect.stringContaining("2030"),
        Metadata: { owner: "ops" },
      });
      expect(ETag!.endsWith(`-${parts}"`)).toBe(parts > 0);
      expect(await unfinished()).toEqual([]);
    });

    test("leaves no part when it is killed", async () => {
      const kill = new AbortController();
      const world = await createBucketWorld(server);
      const { s3, bucket, unfinished, keys, behind, connection } = world;
      await s3.putObject(large(bucket, 16 * MIB));
      const proxy = await behind((request) => {
        if (!request.includes("partNumber=2")) return undefined;
        kill.abort();
        return "silent";
      });
      const access = await world.access(kill.signal, { ...connection, endpointOverride: proxy.endpoint });
      const copied = copyObject(access, { bucket, key: "a" }, { bucket, key: "b" }, SIZES);
      await expect(copied).rejects.toThrow(/abort/i);
      expect([await keys(), await unfinished()]).toEqual([["a"], []]);
    });
  });
});

describe("Delete", () => {
  test("deletes an object, and one that isn't there as well", async () => {
    const { run, write, keys } = await createBucketWorld(server);
    await write("a");
    for (const key of ["a", "a"]) expect((await run("s3.Delete", { key })).state).toBe("SUCCESS");
    expect(await keys()).toEqual([]);
  });

  test("puts out the marker that hides an object of a bucket with versions", async () => {
    const { run, write, s3, bucket } = await createBucketWorld(server);
    await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
    await write("a");
    const { outputs } = await run("s3.Delete", { key: "a" });
    expect(outputs).toEqual({ versionId: expect.any(String), deleteMarker: true });
  });
});

describe("DeleteList", () => {
  test.each([{ properties: {} }, { properties: { concurrent: 4 } }])(
    "deletes what a listing finds, with $properties",
    async ({ properties }) => {
      const { world, run, write, keys } = await createBucketWorld(server);
      for (const key of ["in/a&<>.csv", "in/b.csv", "in/c.txt", "out/d.csv"]) await write(key, "content");
      const { outputs } = await run("s3.DeleteList", { prefix: "in/", regexp: ".*\\.csv", ...properties });
      expect(outputs).toEqual({ count: 2, size: 14 });
      expect(await keys()).toEqual(["in/c.txt", "out/d.csv"]);
      expect(world.metrics).toEqual([
        { name: "count", type: "counter", value: 2 },
        { name: "size", type: "counter", value: 14 },
      ]);
    },
  );

  test("of nothing is a failure with `errorOnEmpty`", async () => {
    const { run } = await createBucketWorld(server);
    expect((await run("s3.DeleteList", { prefix: "in/" })).outputs).toEqual({ count: 0, size: 0 });
    const outcome = await run("s3.DeleteList", { prefix: "in/", errorOnEmpty: true });
    expect(outcome.message).toMatch(/^There is nothing to delete at s3:\/\/[\w-]+\/in\//);
  });

  test("a thousand keys go with a request, and one more with another", async () => {
    const world = await createBucketWorld(server);
    const { connection, bucket, behind } = world;
    const proxy = await behind(() => undefined);
    const keys = Array.from({ length: KEYS_MAX + 1 }, (_, at) => `${at}`);
    const access = await world.access(undefined, { ...connection, endpointOverride: proxy.endpoint });
    await world.write("1000");
    await deleteObjects(access, { bucket, keys, atOnce: 1 });
    expect(proxy.requests).toHaveLength(2);
    expect(await world.keys()).toEqual([]);
  });

  test("tells of the first object that the server refuses to delete", async () => {
    const { access, connection, bucket } = await createBucketWorld(server);
    // The server for tests refuses nothing but locked versions, which need a version to be named.
    await using fake = await startServer((_request, response) => {
      const refusals = ["a", "b"].map(
        (key) => `<Error><Key>${key}</Key><Code>AccessDenied</Code><Message>No</Message></Error>`,
      );
      response.end(`<?xml version="1.0"?><DeleteResult>${refusals.join("")}</DeleteResult>`);
    });
    const deleted = deleteObjects(await access(undefined, { ...connection, endpointOverride: fake.url }), {
      bucket,
      keys: ["a", "b", "c"],
      atOnce: 1,
    });
    await expect(deleted).rejects.toThrow(`Deleting s3://${bucket}/a failed: No (AccessDenied).`);
    expect(fake.received[0]?.headers["content-md5"]).toMatch(/^[\w+/]{22}==$/);
  });
});

describe("CreateBucket", () => {
  test.each([{ region: undefined, expected: "us-east-1" }, { region: "us-east-1" }, { region: "eu-central-1" }])(
    "makes a bucket in $region",
    async ({ region, expected = region }) => {
      const { run, bucket, s3 } = await createBucketWorld(server);
      const name = `${bucket}-2`;
      const { outputs } = await run("s3.CreateBucket", { bucket: name, ...(region !== undefined && { region }) });
      expect(outputs).toEqual({ bucket: name, region: expected });
      const { LocationConstraint } = await s3.getBucketLocation({ Bucket: name });
      expect(LocationConstraint).toBe(expected === "us-east-1" ? undefined : expected);
    },
  );

  test("who may use it is said with an ACL, and objects can be locked", async () => {
    const { run, bucket, s3 } = await createBucketWorld(server);
    const name = `${bucket}-2`;
    await run("s3.CreateBucket", { bucket: name, acl: "public-read", objectLockEnabledForBucket: true });
    expect(JSON.stringify((await s3.getBucketAcl({ Bucket: name })).Grants)).toContain("AllUsers");
    const { ObjectLockConfiguration } = await s3.getObjectLockConfiguration({ Bucket: name });
    expect(ObjectLockConfiguration).toMatchObject({ ObjectLockEnabled: "Enabled" });
  });

  test.each([
    { name: "X_", told: "that is no name for a bucket" },
    { name: undefined, told: "" },
  ])("tells what is wrong with the name $name", async ({ name, told }) => {
    const { run, bucket } = await createBucketWorld(server);
    const outcome = await run("s3.CreateBucket", { bucket: name ?? bucket, region: "eu-central-1" });
    expect(outcome.state).toBe("FAILED");
    expect(outcome.message).toMatch(new RegExp(`^Making the bucket ${name ?? bucket} failed: .*${told}`));
  });
});
