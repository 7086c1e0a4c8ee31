import { text } from "node:stream/consumers";
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Storage } from "../../storage.ts";
import { createS3Storage } from "./s3-storage.ts";
import { type S3Server, startS3Server } from "./testing/s3-server.ts";
import { createS3World } from "./testing/s3-world.ts";

const TENANT = "main";
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 300_000);
afterAll(() => server.stop());

async function walked(storage: Storage, folder: string): Promise<readonly string[]> {
  return Array.fromAsync(storage.walk(TENANT, folder), ({ path }) => path);
}

test("a file lies under the prefix, its tenant and its path", async () => {
  const world = await createS3World(server);
  const storage = await world.storage({ prefix: "capstan/files" });
  await storage.put(TENANT, "/company/team/_files/a b+c%.txt", "x");
  expect(await world.keys()).toEqual(["capstan/files/main/company/team/_files/a b+c%.txt"]);
});

test("storages with different prefixes share a bucket and nothing else", async () => {
  const world = await createS3World(server);
  const one = await world.storage({ prefix: "one" });
  const other = await world.storage({ prefix: "one-more" });
  await one.put(TENANT, "/a/file", "x");
  expect(await other.list(TENANT, "/")).toEqual([]);
  expect(await other.delete(TENANT, "/a")).toBe(false);
  expect(await walked(one, "/")).toEqual(["/a/file"]);
});

test("a key that would be longer than S3 takes is refused before anything is sent", async () => {
  const world = await createS3World(server);
  const storage = await world.storage({ prefix: "p".repeat(50) });
  const longest = "/abcdefg".repeat(200).slice(0, 1_024 - 50 - "/main".length - 1);
  const refused = { code: "path-too-long" };
  await storage.put(TENANT, longest.slice(0, 960), "x");
  await expect(storage.put("t".repeat(100), longest.slice(0, 960), "x")).rejects.toMatchObject(refused);
  expect(await world.keys()).toHaveLength(1);
});

test("what others put into the bucket under names that are no paths is left alone", async () => {
  const world = await createS3World(server);
  await world.write(["main//double", "main/a//deep", "main/a/../up", "main/a/good", "elsewhere"]);
  const storage = await world.storage();
  expect(await walked(storage, "/")).toEqual(["/a/good"]);
  expect((await storage.list(TENANT, "/")).map(({ path }) => path)).toEqual(["/a"]);
  expect((await storage.list(TENANT, "/a")).map(({ path }) => path)).toEqual(["/a/good"]);
});

test("of more files than one request lists, none is missing", { timeout: 300_000 }, async () => {
  const world = await createS3World(server);
  const storage = await world.storage();
  const names = Array.from({ length: 1_205 }, (_, number) => String(number).padStart(5, "0"));
  await world.write(names.map((name) => `main/many/${name}`));
  await world.write(["main/many-more/file"]);
  expect((await storage.list(TENANT, "/many")).map(({ name }) => name)).toEqual(names);
  expect(await walked(storage, "/many")).toEqual(names.map((name) => `/many/${name}`));
  await storage.move(TENANT, "/many", "/moved/here");
  expect(await walked(storage, "/")).toEqual(["/many-more/file", ...names.map((name) => `/moved/here/${name}`)]);
  expect(await storage.delete(TENANT, "/moved")).toBe(true);
  expect(await world.keys()).toEqual(["main/many-more/file"]);
});

test("a folder is there as long as something lies below it, or as long as it was made to stay", async () => {
  const world = await createS3World(server);
  const storage = await world.storage();
  await storage.put(TENANT, "/a/b/file", "x");
  await storage.createFolder(TENANT, "/kept");
  await storage.put(TENANT, "/kept/file", "x");
  expect(await storage.delete(TENANT, "/a/b/file")).toBe(true);
  expect(await storage.delete(TENANT, "/kept/file")).toBe(true);
  expect((await storage.list(TENANT, "/")).map(({ path }) => path)).toEqual(["/kept"]);
  expect((await storage.stat(TENANT, "/kept"))!.modifiedAt).toBeGreaterThan(1_600_000_000_000);
});

test("when one file of a folder can't be copied, the folder stays where it was", async () => {
  const world = await createS3World(server);
  await world.write(["main/a/1", "main/a/2", "main/a/3"]);
  const { storage } = await world.behind((request) => (/^PUT .*\/b\/2\b/.test(request) ? "unavailable" : undefined));
  await expect(storage.move(TENANT, "/a", "/b")).rejects.toMatchObject({ code: "storage-unreachable" });
  expect(await world.keys()).toEqual(["main/a/1", "main/a/2", "main/a/3"]);
});

test("a start drops uploads that a dead process left a day ago, of its own prefix, and no younger ones", async () => {
  const world = await createS3World(server);
  const { Bucket, client } = { Bucket: world.options.bucket, client: server.client() };
  for (const Key of ["mine/main/a", "mine/main/b", "other/main/c"])
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  // The server dates all uploads alike.
  const { Uploads: [{ Initiated } = {}] = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  const startAfter = async (hours: number): Promise<void> => {
    const now = () => Initiated!.getTime() + hours * 3_600_000;
    const storage = createS3Storage({ ...world.options, prefix: "mine" }, { now });
    await storage.start();
    await storage.stop();
  };
  await startAfter(23);
  expect(await world.unfinished()).toEqual(["mine/main/a", "mine/main/b", "other/main/c"]);
  await startAfter(25);
  expect(await world.unfinished()).toEqual(["other/main/c"]);
});

test("callers download from the server itself, under the name that they are given", async () => {
  const world = await createS3World(server);
  expect(await world.storage()).not.toHaveProperty("downloadUrl");
  const elsewhere = await world.storage({ downloads: { endpoint: "https://files.example.org" } });
  expect(await elsewhere.downloadUrl!(TENANT, "/a", "attachment")).toMatch(
    new RegExp(`^https://files\\.example\\.org/${world.options.bucket}/main/a\\?`),
  );
  const storage = await world.storage({ downloads: {} });
  await storage.put(TENANT, "/a/ünï+ %.txt", "content");
  const url = await storage.downloadUrl!(TENANT, "/a/ünï+ %.txt", `attachment; filename="n.txt"`);
  const answer = await fetch(url);
  expect(await answer.text()).toBe("content");
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="n.txt"`);
  expect(answer.headers.get("content-type")).toBe("application/octet-stream");
  expect(new URL(url).searchParams.get("X-Amz-Expires")).toBe("300");
  expect(url).not.toContain(world.options.secretAccessKey);
});

test("a file that is replaced while it is read ends with an error, not with a mixture", async () => {
  const world = await createS3World(server);
  let breaks = 1;
  const { storage } = await world.behind((request) =>
    request.startsWith("GET") && request.includes("/a?") && breaks-- > 0 ? { breaksAfterBytes: 100_000 } : undefined,
  );
  await storage.put(TENANT, "/a", "o".repeat(1_000_000));
  const reading = await storage.read(TENANT, "/a");
  await storage.put(TENANT, "/a", "n".repeat(1_000_000));
  await expect(text(reading)).rejects.toMatchObject({ code: "file-changed" });
});
