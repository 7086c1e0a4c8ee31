import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBucket } from "./bucket.ts";
import { copyObject } from "./move.ts";
import { type S3Server, startS3Server } from "./testing/s3-server.ts";
import { createS3World } from "./testing/s3-world.ts";
import { upload } from "./upload.ts";

const TENANT = "main";
const MIB = 1_048_576;
const PART = 5 * MIB;
/** Long enough for a busy machine to answer in. */
const SILENCE_MS = 2_000;
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 300_000);
afterAll(() => server.stop());

/** Bytes that differ from place to place. */
function patterned(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let place = 0; place < size; place += 4) bytes.writeUInt32LE((place * 2_654_435_761) % 2 ** 32, place);
  return bytes;
}

test.each([
  { name: "a byte less than a part", size: PART - 4, parts: 0 },
  { name: "just a part", size: PART, parts: 1 },
  { name: "two parts and a half", size: PART * 2.5, parts: 3 },
])("a file of $name keeps every byte", async ({ size, parts }) => {
  const world = await createS3World(server);
  const { storage, proxy } = await world.behind(() => undefined, { partBytes: PART });
  const content = patterned(size);
  const chunks = Array.from({ length: Math.ceil(size / 300_000) }, (_, at) =>
    content.subarray(at * 300_000, (at + 1) * 300_000),
  );
  await storage.put(TENANT, "/stream", Readable.from(chunks));
  expect(proxy.requests.filter((request) => request.includes("partNumber=")).length).toBe(parts);
  await storage.put(TENANT, "/bytes", content);
  for (const path of ["/stream", "/bytes"])
    expect((await buffer(await storage.read(TENANT, path))).equals(content)).toBe(true);
  const range = { start: PART - 10, end: size - 1 };
  expect((await buffer(await storage.read(TENANT, "/stream", range))).equals(content.subarray(PART - 10))).toBe(true);
  expect(await world.unfinished()).toEqual([]);
});

test("when the source fails after some parts, they are gone and the old file stays", async () => {
  const world = await createS3World(server);
  const storage = await world.storage({ partBytes: PART });
  await storage.put(TENANT, "/a", "old");
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(PART * 2 + 1);
    throw new Error("the source broke");
  }
  await expect(storage.put(TENANT, "/a", Readable.from(failing()))).rejects.toThrow("the source broke");
  expect(await world.unfinished()).toEqual([]);
  expect(await text(await storage.read(TENANT, "/a"))).toBe("old");
});

test("when the server refuses a part for good, the others are gone and the source is told to stop", async () => {
  const world = await createS3World(server);
  const { storage } = await world.behind((request) => (request.includes("partNumber=2") ? "unavailable" : undefined), {
    partBytes: PART,
  });
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(65_536));
    },
  });
  await expect(storage.put(TENANT, "/a", endless)).rejects.toMatchObject({ code: "storage-unreachable" });
  expect(endless.destroyed).toBe(true);
  expect(await world.unfinished()).toEqual([]);
  expect(await world.keys()).toEqual([]);
});

test("a request that the server can't take at once is made again", async () => {
  const world = await createS3World(server);
  const failures = new Map<string, number>();
  const { storage } = await world.behind((request) => {
    const failed = failures.get(request) ?? 0;
    failures.set(request, failed + 1);
    return failed < 2 ? "unavailable" : undefined;
  });
  await storage.put(TENANT, "/a/b", "content");
  expect(await text(await storage.read(TENANT, "/a/b"))).toBe("content");
});

test("a server that falls silent is given up and asked again", async () => {
  const world = await createS3World(server);
  let silences = 1;
  const { storage } = await world.behind(
    (request) => (request.startsWith("PUT") && silences-- > 0 ? "silent" : undefined),
    { silenceMsMax: SILENCE_MS },
  );
  await storage.put(TENANT, "/a", "content");
  expect(await text(await storage.read(TENANT, "/a"))).toBe("content");
});

test("a connection that breaks while reading is made again where it was", async () => {
  const world = await createS3World(server);
  const content = patterned(4 * MIB);
  const { storage, proxy } = await world.behind((request) =>
    request.startsWith("GET") && request.includes("/a?") ? { breaksAfterBytes: MIB } : undefined,
  );
  await storage.put(TENANT, "/a", content);
  expect((await buffer(await storage.read(TENANT, "/a"))).equals(content)).toBe(true);
  expect(proxy.requests.filter((request) => request.includes("/a?x-id=GetObject")).length).toBeGreaterThanOrEqual(4);
  const range = { start: 10, end: 3 * MIB };
  expect((await buffer(await storage.read(TENANT, "/a", range))).equals(content.subarray(10, 3 * MIB + 1))).toBe(true);
});

test("a connection that never brings a byte is given up", async () => {
  const world = await createS3World(server);
  const { storage } = await world.behind((request) =>
    request.startsWith("GET") && request.includes("/a?") ? { breaksAfterBytes: 0 } : undefined,
  );
  await storage.put(TENANT, "/a", "content");
  await expect(text(await storage.read(TENANT, "/a"))).rejects.toMatchObject({ code: "storage-unreachable" });
});

test("a reader that takes its time loses the connection, and gets the rest over another one", async () => {
  const world = await createS3World(server);
  const content = patterned(8 * MIB);
  await (await world.storage()).put(TENANT, "/a", content);
  const { storage, proxy } = await world.behind(() => undefined, { silenceMsMax: SILENCE_MS, checksBucket: false });
  const chunks = (await storage.read(TENANT, "/a"))[Symbol.asyncIterator]();
  const { value: first } = (await chunks.next()) as { value: Buffer };
  const cutOff = proxy.cutOff();
  await expect.poll(() => proxy.cutOff(), { timeout: 60_000 }).toBeGreaterThan(cutOff);
  const rest: Buffer[] = [];
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) rest.push(next.value as Buffer);
  expect(Buffer.concat([first, ...rest]).equals(content)).toBe(true);
});

test("who stops reading lets the connection go", async () => {
  const world = await createS3World(server);
  const { storage, proxy } = await world.behind(() => undefined);
  await storage.put(TENANT, "/a", patterned(8 * MIB));
  for (const begins of [true, false]) {
    const cutOff = proxy.cutOff();
    const reading = await storage.read(TENANT, "/a");
    if (begins) await reading[Symbol.asyncIterator]().next();
    reading.destroy();
    await expect.poll(() => proxy.cutOff(), { timeout: 60_000 }).toBe(cutOff + 1);
  }
});

test("an answer without a length is read to its end", async () => {
  const world = await createS3World(server);
  const { storage } = await world.behind((request) =>
    request.startsWith("GET") && request.includes("/a?") ? { withoutAnswerHeader: "content-length" } : undefined,
  );
  await storage.put(TENANT, "/a", "content");
  expect(await text(await storage.read(TENANT, "/a"))).toBe("content");
  expect(await text(await storage.read(TENANT, "/a", { start: 2 }))).toBe("ntent");
});

test("a server that answers the whole file where bytes were asked for is refused", async () => {
  const world = await createS3World(server);
  const { storage } = await world.behind(() => ({ withoutHeader: "range" }));
  await storage.put(TENANT, "/a", "content");
  await expect(storage.read(TENANT, "/a", { start: 2 })).rejects.toMatchObject({ code: "storage-refused" });
});

test("a hundred megabytes pass through a few parts of memory, both ways", { timeout: 300_000 }, async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let peak = 0;
  const look = (): void => {
    // The second waits for what the first left to another thread.
    collect();
    collect();
    peak = Math.max(peak, process.memoryUsage().arrayBuffers);
  };
  const world = await createS3World(server);
  const storage = await world.storage();
  look();
  const before = peak;
  async function* megabytes(): AsyncGenerator<Buffer> {
    for (let count = 0; count < 100; count += 1) {
      yield Buffer.alloc(MIB, count);
      if (count % 5 === 0) look();
    }
  }
  await storage.put(TENANT, "/large", Readable.from(megabytes()));
  // Three parts on their way, one that is gathered, one that is joined from its pieces, and one or two that are free but that another
  // thread has not given back yet.
  expect(peak - before).toBeLessThan(7.5 * 8 * MIB);
  peak = before;
  let bytes = 0;
  let seen = 0;
  for await (const chunk of await storage.read(TENANT, "/large")) {
    bytes += (chunk as Buffer).length;
    if (bytes - seen < 4 * MIB) continue;
    seen = bytes;
    look();
  }
  expect(bytes).toBe(100 * MIB);
  expect(peak - before).toBeLessThan(MIB);
});

test("a file of more parts than there may be is refused, and nothing of it is kept", async () => {
  const world = await createS3World(server);
  const bucket = createBucket(world.options);
  const sizes = { partBytes: PART, partsMax: 2 };
  await upload(bucket, "fits", Readable.from([Buffer.alloc(2 * PART)]), sizes);
  await expect(upload(bucket, "large", Readable.from([Buffer.alloc(2 * PART + 1)]), sizes)).rejects.toMatchObject({
    code: "file-too-large",
    message: expect.stringMatching(/large has more than 2 parts of 5242880 bytes/),
  });
  expect(await world.keys()).toEqual(["fits"]);
  expect(await world.unfinished()).toEqual([]);
  bucket.close();
});

test("a file that is too large for one copy is copied in pieces", async () => {
  const world = await createS3World(server);
  const bucket = createBucket(world.options);
  const content = patterned(12 * MIB);
  await bucket.put("a/ü+ %", content);
  await copyObject(bucket, { key: "a/ü+ %", sizeBytes: content.length }, "copy", PART);
  const { body } = (await bucket.open("copy"))!;
  expect((await buffer(body)).equals(content)).toBe(true);
  await expect(copyObject(bucket, { key: "missing", sizeBytes: 12 * MIB }, "none", PART)).rejects.toMatchObject({
    name: "StorageError",
  });
  expect(await world.keys()).toEqual(["a/ü+ %", "copy"]);
  expect(await world.unfinished()).toEqual([]);
  bucket.close();
});
