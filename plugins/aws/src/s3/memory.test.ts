import { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ExecutionFiles, TaskDefinition } from "@capstan/sdk";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBucketWorld, definition } from "../testing/bucket-world.ts";
import { UPLOAD_BYTES_HELD_MAX } from "./upload-object.ts";

const MIB = 1_048_576;
const SIZE = 96 * MIB;
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 300_000);
afterAll(() => server.stop());

/** Looks at what is in memory now and then, and knows the most that there was above what there was before. */
function createLookout() {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const held = () => {
    // The second waits for what the first left to another thread.
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = held();
  let most = 0;
  return { look: () => void (most = Math.max(most, held() - before)), most: () => most };
}

async function* megabytes(look: () => void) {
  for (let count = 0; count < SIZE / MIB; count += 1) {
    yield Buffer.alloc(MIB, count);
    if (count % 4 === 0) look();
  }
}

test.each([
  { what: "in parts", more: {} },
  // That of the content of `megabytes`.
  {
    what: "in one request, with a checksum known beforehand",
    more: { checksumAlgorithm: "CRC32", checksum: "AAAAAA==" },
  },
])("96 MiB are uploaded $what through a few parts of memory", { timeout: 300_000 }, async ({ more }) => {
  const { world, place, s3, bucket } = await createBucketWorld(server);
  const task = definition("s3.Upload") as TaskDefinition;
  const properties = { ...place, from: "kestra:///large", key: "x", ...more };
  const context = world.context<never>(task, properties);
  const lookout = createLookout();
  const files: ExecutionFiles = {
    ...world.files,
    sizeBytes: async () => SIZE,
    read: async () => Readable.from(megabytes(lookout.look)),
  };
  await task.run!({ ...context, files });
  expect((await s3.headObject({ Bucket: bucket, Key: "x" })).ContentLength).toBe(SIZE);
  // What the budget allows, a part for each connection that still names its last one, and one that is free but not given back yet.
  expect(lookout.most()).toBeLessThan(UPLOAD_BYTES_HELD_MAX * 2 + 8 * MIB);
});

test("96 MiB are downloaded through a few pieces of memory", { timeout: 300_000 }, async () => {
  const { world, place, write } = await createBucketWorld(server);
  await write("x", Buffer.alloc(SIZE, 7));
  const task = definition("s3.Download") as TaskDefinition;
  const context = world.context<never>(task, { ...place, key: "x" });
  const lookout = createLookout();
  let bytes = 0;
  let seen = 0;
  const put: ExecutionFiles["put"] = async (name, content) => {
    for await (const chunk of content as Readable) {
      bytes += (chunk as Buffer).length;
      if (bytes - seen < 4 * MIB) continue;
      seen = bytes;
      lookout.look();
    }
    return `kestra:///${name}`;
  };
  await task.run!({ ...context, files: { ...world.files, put } });
  expect(bytes).toBe(SIZE);
  expect(lookout.most()).toBeLessThan(10 * MIB);
});
