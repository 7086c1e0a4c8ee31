import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { ExecutionFiles, TaskDefinition } from "@capstan/sdk";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createBucketWorld, definition } from "../testing/bucket-world.ts";
import { createByteBudget } from "./byte-budget.ts";
import { PART_BYTES, PARTS_MAX, partSizes, PUT_BYTES_MAX, putStream, uploadObject } from "./upload-object.ts";

const MIB = 1_048_576;
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 300_000);
afterAll(() => server.stop());

describe("what `from` names", () => {
  const A = "kestra:///files/a.csv";
  const B = "kestra:///files/b.csv";
  test.each([
    { what: "one address", from: A, key: "x/y.csv", keys: ["x/y.csv"] },
    { what: "one address, with a folder as the key", from: A, key: "x/", keys: ["x/a.csv"] },
    { what: "a list of one", from: [A], key: "x", keys: ["x"] },
    { what: "a map of one", from: { "one.csv": A }, key: "x", keys: ["x"] },
    { what: "a list", from: [A, B], key: "x", keys: ["x/a.csv", "x/b.csv"] },
    { what: "JSON text of a list", from: JSON.stringify([A, B]), key: "x/", keys: ["x/a.csv", "x/b.csv"] },
    { what: "a map", from: { "one.csv": A, "deep/two.csv": B }, key: "x", keys: ["x/deep/two.csv", "x/one.csv"] },
    { what: "JSON text of a map", from: JSON.stringify({ 1: A, 2: B }), key: "", keys: ["1", "2"] },
    { what: "an expression", from: "{{ outputs.dump.outputFiles['a'] }}", key: "x", keys: ["x"] },
    { what: "an expression for a map", from: "{{ outputs.dump.outputFiles }}", key: "x", keys: ["x/a", "x/b"] },
  ])("$what", async ({ from, key, keys }) => {
    const outputFiles = { a: A, b: B };
    const { world, run, ...bucket } = await createBucketWorld(server, {
      variables: { outputs: { dump: { outputFiles } } },
    });
    world.files.seed(A, "content of a");
    world.files.seed(B, "content of b");
    const outcome = await run("s3.Upload", { from, key });
    expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { bucket: bucket.bucket } });
    expect(await bucket.keys()).toEqual(keys);
    const contents = await Promise.all(keys.map(bucket.read));
    expect(contents.toSorted()).toEqual(["content of a", "content of b"].slice(0, keys.length));
  });

  test.each([
    { from: [], message: /^There is nothing to upload: `from` is empty/ },
    { from: {}, message: /^There is nothing to upload/ },
    { from: "  ", message: /^There is nothing to upload/ },
    { from: "a.csv", message: /^`from` names "a.csv", which is no address of a file\. Give a kestra:/ },
    { from: [7], message: /^`from` names "7", which is no address/ },
    { from: { a: null }, message: /^`from` names "null", which is no address/ },
    { from: ["kestra:///1/a", "kestra:///2/a"], message: /would both become x\/a\. Give `from` as a map/ },
    { from: "kestra:///missing", message: /^The file kestra:\/\/\/missing does not exist/ },
  ])("is told when it is $from", async ({ from, message }) => {
    const { run, keys } = await createBucketWorld(server);
    const outcome = await run("s3.Upload", { from, key: "x" });
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(message) });
    expect(await keys()).toEqual([]);
  });
});

test("the outputs of one file name the object, and its facts are counted and logged", async () => {
  const { world, run, bucket } = await createBucketWorld(server);
  await run("s3.CreateBucket", { bucket: `${bucket}-2` });
  const from = world.files.seed("kestra:///a", "content");
  const { outputs } = await run("s3.Upload", { from, key: "x" });
  expect(outputs).toEqual({ bucket, key: "x", eTag: `"${createHash("md5").update("content").digest("hex")}"` });
  expect(world.metrics).toContainEqual({ name: "file.size", type: "counter", value: 7 });
  expect(world.logs.at(-1)).toEqual({ level: "INFO", message: `Uploaded 7 bytes to s3://${bucket}/x` });
});

test("the outputs of several files have each by its name", async () => {
  const { world, run, bucket } = await createBucketWorld(server);
  const [a, b] = ["a", "b"].map((name) => world.files.seed(`kestra:///${name}`, name));
  const { outputs } = await run("s3.Upload", { from: { a: a!, b: b! }, key: "x/", contentType: "text/plain" });
  expect(outputs).toMatchObject({
    bucket,
    key: "x/",
    files: {
      a: { key: "x/a", uri: a, contentLength: 1, contentType: "text/plain", eTag: expect.stringMatching(/^"\w{32}"$/) },
      b: { key: "x/b", uri: b },
    },
  });
});

test("what is said of an object is kept with it", async () => {
  const { world, run, bucket, s3 } = await createBucketWorld(server);
  const from = world.files.seed("kestra:///a", "content");
  const outcome = await run("s3.Upload", {
    from,
    key: "x",
    metadata: { owner: "ops" },
    tagging: { team: "data+ops = one", kind: "dump" },
    cacheControl: "no-store",
    contentType: "application/gzip",
    contentEncoding: "gzip",
    contentDisposition: "attachment",
    contentLanguage: "en",
    contentLength: 7,
    expires: "2030-01-01T00:00:00Z",
    acl: "public-read",
    storageClass: "STANDARD_IA",
    serverSideEncryption: "AWS_KMS",
    checksumAlgorithm: "CRC32_C",
  });
  expect(outcome.message).toBeUndefined();
  const Key = "x";
  expect(await s3.headObject({ Bucket: bucket, Key, ChecksumMode: "ENABLED" })).toMatchObject({
    Metadata: { owner: "ops" },
    CacheControl: "no-store",
    ContentType: "application/gzip",
    ContentEncoding: "gzip",
    ContentDisposition: "attachment",
    ContentLanguage: "en",
    StorageClass: "STANDARD_IA",
    ServerSideEncryption: "aws:kms",
    ChecksumCRC32C: expect.any(String),
  });
  const { TagSet = [] } = await s3.getObjectTagging({ Bucket: bucket, Key });
  expect(Object.fromEntries(TagSet.map((tag) => [tag.Key, tag.Value]))).toEqual({
    team: "data+ops = one",
    kind: "dump",
  });
  const { Grants } = await s3.getObjectAcl({ Bucket: bucket, Key });
  expect(JSON.stringify(Grants)).toContain("AllUsers");
});

test("an object can be locked", async () => {
  const { world, run, bucket, s3 } = await createBucketWorld(server);
  const locked = `${bucket}-locked`;
  await run("s3.CreateBucket", { bucket: locked, objectLockEnabledForBucket: true });
  const from = world.files.seed("kestra:///a", "content");
  const outcome = await run("s3.Upload", {
    bucket: locked,
    from,
    key: "x",
    objectLockMode: "GOVERNANCE",
    objectLockLegalHoldStatus: "ON",
    objectLockRetainUntilDate: "2040-01-01T00:00:00Z",
  });
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { versionId: expect.any(String) } });
  expect(await s3.headObject({ Bucket: locked, Key: "x" })).toMatchObject({
    ObjectLockMode: "GOVERNANCE",
    ObjectLockLegalHoldStatus: "ON",
    ObjectLockRetainUntilDate: new Date("2040-01-01T00:00:00Z"),
  });
});

test.each([
  {
    what: "bytes that the file doesn't have",
    more: { contentLength: 6 },
    told: "has 7 bytes, and `contentLength` says 6",
  },
  { what: "a checksum of no algorithm", more: { checksum: "x" }, told: "`checksum` says nothing without" },
  { what: "a class that is none", more: { storageClass: "COLD" }, told: "storageClass" },
  {
    what: "a bucket that isn't there",
    more: { bucket: "missing" },
    told: "there is no such bucket. Check `bucket` (NoSuchBucket, HTTP 404",
  },
])("$what fails before anything is written", async ({ more, told }) => {
  const { world, run, keys } = await createBucketWorld(server);
  const from = world.files.seed("kestra:///a", "content");
  const outcome = await run("s3.Upload", { from, key: "x", ...more });
  expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(told) });
  expect(await keys()).toEqual([]);
});

describe("a checksum that is known beforehand", () => {
  const checksum = createHash("sha256").update("content").digest("base64");

  test("is checked and kept by the server", async () => {
    const { world, run, bucket, s3 } = await createBucketWorld(server);
    const from = world.files.seed("kestra:///a", "content");
    const outcome = await run("s3.Upload", { from, key: "x", checksumAlgorithm: "SHA256", checksum });
    expect(outcome.message).toBeUndefined();
    const head = await s3.headObject({ Bucket: bucket, Key: "x", ChecksumMode: "ENABLED" });
    expect(head.ChecksumSHA256).toBe(checksum);
  });

  test("is of one file only", async () => {
    const { world, run } = await createBucketWorld(server);
    const from = ["a", "b"].map((name) => world.files.seed(`kestra:///${name}`, "content"));
    const outcome = await run("s3.Upload", { from, key: "x", checksumAlgorithm: "SHA256", checksum });
    expect(outcome.message).toContain("`checksum` is that of one file");
  });

  test("goes with what S3 takes in one request", async () => {
    const { place, access } = await createBucketWorld(server);
    const content = { stream: Readable.from([]), sizeBytes: PUT_BYTES_MAX + 1 };
    await expect(putStream(await access(), { Bucket: place.bucket, Key: "x" }, content)).rejects.toThrow(
      `has ${PUT_BYTES_MAX + 1} bytes, and S3 takes one of more than ${PUT_BYTES_MAX} only in parts`,
    );
  });

  test("a file that breaks off fails, and does not wait for the rest", async () => {
    const { place, access } = await createBucketWorld(server);
    async function* failing() {
      yield Buffer.alloc(10);
      throw new Error("the source broke");
    }
    const content = { stream: Readable.from(failing()), sizeBytes: 20 };
    const object = { Bucket: place.bucket, Key: "x", ChecksumAlgorithm: "SHA256", ChecksumSHA256: checksum } as const;
    await expect(putStream(await access(), object, content)).rejects.toThrow("the source broke");
  });
});

/** Bytes that differ from place to place. */
function patterned(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let place = 0; place + 4 <= size; place += 4) bytes.writeUInt32LE((place * 2_654_435_761) % 2 ** 32, place);
  return bytes;
}

describe("files of several parts", () => {
  test.each([
    { name: "nothing", size: 0, parts: 0 },
    { name: "a byte less than a part", size: PART_BYTES - 1, parts: 0 },
    { name: "just a part", size: PART_BYTES, parts: 1 },
    { name: "two parts and a half", size: PART_BYTES * 2.5, parts: 3 },
  ])("a file of $name keeps every byte", async ({ size, parts }) => {
    const { world, run, behind, s3, bucket, unfinished } = await createBucketWorld(server);
    const proxy = await behind(() => undefined);
    const content = patterned(size);
    const from = world.files.seed("kestra:///a", content);
    const outcome = await run("s3.Upload", {
      endpointOverride: proxy.endpoint,
      from,
      key: "x",
      contentType: "text/csv",
      metadata: { a: "b" },
      checksumAlgorithm: "SHA256",
    });
    expect(outcome.message).toBeUndefined();
    expect(proxy.requests.filter((request) => request.includes("partNumber=")).length).toBe(parts);
    const { Body, ...head } = await s3.getObject({ Bucket: bucket, Key: "x" });
    expect((await buffer(Body as unknown as Readable)).equals(content)).toBe(true);
    expect(head).toMatchObject({ ContentType: "text/csv", Metadata: { a: "b" } });
    expect(await unfinished()).toEqual([]);
  });

  test("the newer checksums of AWS itself go with the parts", async () => {
    const { world, run, s3, bucket, connection } = await createBucketWorld(server);
    vi.stubEnv("AWS_ENDPOINT_URL_S3", connection.endpointOverride);
    const from = world.files.seed("kestra:///a", patterned(PART_BYTES + 1));
    const outcome = await run("s3.Upload", {
      endpointOverride: null,
      forcePathStyle: true,
      region: "us-east-1",
      from,
      key: "x",
    });
    vi.unstubAllEnvs();
    expect(outcome.message).toBeUndefined();
    const head = await s3.headObject({ Bucket: bucket, Key: "x", ChecksumMode: "ENABLED" });
    expect(head.ChecksumCRC32).toBeTypeOf("string");
  });

  test("a stream of any length is uploaded as it comes, whatever it was said to have", async () => {
    const { s3, bucket, access } = await createBucketWorld(server);
    const content = patterned(PART_BYTES * 2 + 5);
    const pieces = Array.from({ length: 40 }, (_, at) => content.subarray(at * 500_000, (at + 1) * 500_000));
    const stream = Readable.from(pieces);
    await uploadObject(await access(), { Bucket: bucket, Key: "x" }, { stream, sizeBytes: 0 }, createByteBudget(1));
    const { Body } = await s3.getObject({ Bucket: bucket, Key: "x" });
    expect((await buffer(Body as unknown as Readable)).equals(content)).toBe(true);
  });

  test.each([
    { sizeBytes: 0, partBytes: PART_BYTES },
    { sizeBytes: PART_BYTES * PARTS_MAX, partBytes: PART_BYTES },
    { sizeBytes: PART_BYTES * PARTS_MAX + 1, partBytes: PART_BYTES + MIB },
    { sizeBytes: 5 * 1_024 ** 4, partBytes: 525 * MIB },
  ])("$sizeBytes bytes go in parts of $partBytes", ({ sizeBytes, partBytes }) => {
    expect(partSizes(sizeBytes)).toEqual({ partBytes, partsMax: PARTS_MAX });
    expect(partBytes * PARTS_MAX).toBeGreaterThanOrEqual(sizeBytes);
  });

  test("one part too many drops them all", async () => {
    const { access, bucket, keys, unfinished } = await createBucketWorld(server);
    const sizes = { partBytes: 5 * MIB, partsMax: 2 };
    const send = async (size: number) => {
      const content = { stream: Readable.from([Buffer.alloc(size)]), sizeBytes: size };
      return uploadObject(await access(), { Bucket: bucket, Key: "x" }, content, createByteBudget(PART_BYTES), sizes);
    };
    await expect(send(10 * MIB + 1)).rejects.toThrow(/more than 2 parts of 5242880 bytes/);
    expect([await keys(), await unfinished()]).toEqual([[], []]);
    await send(10 * MIB);
    expect(await keys()).toEqual(["x"]);
  });

  test("when the source breaks after some parts, they are gone and the old object stays", async () => {
    const { access, bucket, write, read, unfinished } = await createBucketWorld(server);
    await write("x", "old");
    async function* failing() {
      yield Buffer.alloc(PART_BYTES * 2 + 1);
      throw new Error("the source broke");
    }
    const content = { stream: Readable.from(failing()), sizeBytes: PART_BYTES * 3 };
    const sent = uploadObject(await access(), { Bucket: bucket, Key: "x" }, content, createByteBudget(PART_BYTES * 3));
    await expect(sent).rejects.toThrow(`Uploading s3://${bucket}/x failed: the source broke`);
    expect([await read("x"), await unfinished()]).toEqual(["old", []]);
  });

  test("when the server refuses a part, all are gone", async () => {
    const { world, run, behind, keys, unfinished } = await createBucketWorld(server);
    const proxy = await behind((request) => (request.includes("partNumber=2") ? "unavailable" : undefined));
    const from = world.files.seed("kestra:///a", Buffer.alloc(PART_BYTES * 6));
    const outcome = await run("s3.Upload", { endpointOverride: proxy.endpoint, from, key: "x" });
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining("HTTP 503") });
    expect([await keys(), await unfinished()]).toEqual([[], []]);
  });
});

test("a kill ends an upload in the middle, and none of its parts stays", async () => {
  const kill = new AbortController();
  const { world, run, behind, keys, unfinished } = await createBucketWorld(server, { signal: kill.signal });
  const proxy = await behind((request) => {
    if (!request.includes("partNumber=3")) return undefined;
    kill.abort();
    return "silent";
  });
  const from = {
    a: world.files.seed("kestra:///a", Buffer.alloc(PART_BYTES * 6)),
    b: world.files.seed("kestra:///b", Buffer.alloc(PART_BYTES * 6)),
  };
  const outcome = await run("s3.Upload", { endpointOverride: proxy.endpoint, from, key: "x" });
  expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining("abort") });
  expect([await keys(), await unfinished()]).toEqual([[], []]);
});

test("no more than `concurrentUploads` files are on their way at the same time", async () => {
  const { world, place } = await createBucketWorld(server);
  const from = Array.from({ length: 9 }, (_, at) => world.files.seed(`kestra:///${at}`, `${at}`));
  let open = 0;
  let most = 0;
  const files: ExecutionFiles = {
    ...world.files,
    read: async (uri) => {
      open += 1;
      most = Math.max(most, open);
      const stream = await world.files.read(uri);
      return stream.once("close", () => (open -= 1));
    },
  };
  const task = definition("s3.Upload") as TaskDefinition;
  const context = world.context<never>(task, { ...place, from, key: "x", concurrentUploads: 3 });
  await task.run!({ ...context, files });
  expect([most, open]).toEqual([3, 0]);
});
