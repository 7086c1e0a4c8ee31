import type { TaskDefinition } from "@capstan/sdk";
import { startServer } from "@capstan/sdk/test-kit";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACCOUNT, KEY, startAzurite } from "../testing/azurite.ts";
import { createBlobWorld, definition } from "../testing/blob-world.ts";
import { uploadBlob } from "./upload-blob.ts";

let server: Awaited<ReturnType<typeof startAzurite>>;
beforeAll(async () => {
  server = await startAzurite();
});
afterAll(() => server[Symbol.asyncDispose]());

const md5 = (content: string | Uint8Array) => createHash("md5").update(content).digest("base64");

test("a file becomes a blob, with what is kept with it", async () => {
  const { world, container, run, read, headerOf } = await createBlobWorld(server.endpoint);
  const from = await world.files.put("dump.sql", "select 1;");
  const outcome = await run("Upload", {
    from,
    name: "db/monday ü+1.sql",
    metadata: { team: "sales" },
    tags: { kind: "a dump", "x/y": "1" },
    accessTier: "COOL",
    validateChecksum: true,
  });
  expect(outcome).toMatchObject({
    state: "SUCCESS",
    outputs: { blob: { container, name: "db/monday ü+1.sql", size: 9 } },
  });
  expect(await read("db/monday ü+1.sql")).toBe("select 1;");
  expect(await headerOf("db/monday ü+1.sql", "x-ms-meta-team")).toBe("sales");
  expect(await headerOf("db/monday ü+1.sql", "x-ms-access-tier")).toBe("Cool");
  expect(await headerOf("db/monday ü+1.sql", "x-ms-tag-count")).toBe("2");
  expect(world.metrics).toContainEqual({ name: "file.size", type: "counter", value: 9 });
});

test.each([
  ["a list", (a: string, b: string) => [a, b], ["in/1-a.txt", "in/2-b.txt"]],
  ["a map", (a: string, b: string) => ({ one: a, two: b }), ["in/one", "in/two"]],
  ["JSON of a list", (a: string, b: string) => JSON.stringify([a, b]), ["in/1-a.txt", "in/2-b.txt"]],
])("several files of %s go to a folder", async (_, given, expected) => {
  const { world, run, names } = await createBlobWorld(server.endpoint);
  const from = given(await world.files.put("a.txt", "a"), await world.files.put("b.txt", "b"));
  expect(await run("Upload", { from, name: "in" })).toMatchObject({ outputs: { blobs: [{}, {}] } });
  expect(await names()).toEqual(expected);
});

test("a large file goes in blocks, and comes back as it went", async () => {
  const { world, api, container, run, headerOf } = await createBlobWorld(server.endpoint);
  const content = Buffer.alloc(2_500_001, "0123456789");
  const uri = await world.files.put("big", content);
  const sizes = { oneRequestBytesMax: 999_999, blockBytesMin: 1_000_000 };
  const place = { container, name: "big" };
  const blob = await uploadBlob(world.files, api, { uri, place }, { headers: {}, validateChecksum: true, sizes });
  expect(blob).toMatchObject({ size: 2_500_001 });
  expect(await headerOf("big", "content-md5")).toBe(md5(content));
  const { outputs } = await run("Download", { name: "big", validateChecksum: true, failOnMissingChecksum: true });
  const { uri: stored } = outputs!["blob"] as { uri: string };
  expect(md5(await world.files.text(stored))).toBe(md5(content));
});

test.each([
  ["one byte less than a request takes", 999, 0],
  ["as many bytes as a request takes", 1_000, 0],
  ["one byte more", 1_001, 2],
])("a file of %s goes in as many blocks as it must", async (_, bytes, blocks) => {
  const { world, api, container } = await createBlobWorld(server.endpoint);
  const uri = await world.files.put("file", "x".repeat(bytes));
  let sent = 0;
  const counting: typeof api = {
    ...api,
    done: (call) => {
      if (call.params?.["comp"] === "block") sent += 1;
      return api.done(call);
    },
  };
  const sizes = { oneRequestBytesMax: 1_000, blockBytesMin: 1_000 };
  const source = { uri, place: { container, name: "file" } };
  await uploadBlob(world.files, counting, source, { headers: {}, validateChecksum: false, sizes });
  expect(sent).toBe(blocks);
});

test("an empty file is a blob too", async () => {
  const { world, run, names } = await createBlobWorld(server.endpoint);
  const from = await world.files.put("empty", "");
  expect(await run("Upload", { from, name: "empty" })).toMatchObject({ state: "SUCCESS" });
  expect(await names()).toEqual(["empty"]);
  const { outputs } = await run("Download", { name: "empty", validateChecksum: true });
  expect(outputs).toMatchObject({ blob: { size: 0 } });
});

test.each([
  ["MD5 in base64", { expectedChecksum: md5("content") }],
  ["MD5 in hexadecimal digits", { expectedChecksum: createHash("md5").update("content").digest("hex") }],
  ["SHA-256", { expectedChecksum: createHash("sha256").update("content").digest("hex"), checksumAlgorithm: "SHA_256" }],
])("a content is checked by its %s", async (_, checks) => {
  const { run, write } = await createBlobWorld(server.endpoint);
  await write("good", "content");
  await write("bad", "another");
  expect((await run("Download", { name: "good", ...checks })).state).toBe("SUCCESS");
  expect((await run("Download", { name: "bad", ...checks })).message).toContain("is another content");
});

test("a blob without an MD5 is told of, or fails", async () => {
  const { world, run } = await createBlobWorld(server.endpoint);
  // Azurite makes an MD5 of each blob; Azure makes none of those that other tools sent in blocks.
  await using azure = await startServer((_request, response) => void response.end("content"));
  const properties = { endpoint: azure.url, name: "log", validateChecksum: true };
  expect((await run("Download", properties)).state).toBe("SUCCESS");
  expect(world.logs.some(({ level, message }) => level === "WARN" && message.includes("no MD5"))).toBe(true);
  const strict = await run("Download", { ...properties, failOnMissingChecksum: true });
  expect(strict.message).toContain("`failOnMissingChecksum` is set");
});

test.each([
  ["Download", { name: "missing" }, /there is no such blob.*\(BlobNotFound, HTTP 404/],
  ["Download", { name: "a/../b" }, /is no name of a blob/],
  ["Download", { container: "../secret", name: "a" }, /is no name of a container/],
  ["List", { container: "nobody" }, /there is no such container/],
  ["Delete", { name: "missing" }, /HTTP 404/],
  ["DeleteList", { prefix: "none/", errorOnEmpty: true }, /nothing to delete/],
  ["Downloads", { action: "MOVE" }, /needs `moveTo`/],
  ["Upload", { from: [], name: "a" }, /`from` is empty/],
  ["Upload", { from: "no address", name: "a" }, /no address of a file/],
  [
    "Copy",
    { from: { container: "c", name: "a" }, to: { container: "c", name: "a" }, delete: true },
    /nothing would be left/,
  ],
])("%s with %j fails with words", async (name, properties, message) => {
  const { run } = await createBlobWorld(server.endpoint);
  const outcome = await run(name, properties);
  expect(outcome.state).toBe("FAILED");
  expect(outcome.message).toMatch(message);
});

test.each([
  ["all that has the prefix", {}, ["in/a.csv", "in/b & <c>.txt", "in/deep/c.csv"]],
  ["what lies in the folder", { delimiter: "/" }, ["in/a.csv", "in/b & <c>.txt"]],
  ["folders alone", { delimiter: "/", filter: "DIRECTORY" }, ["in/deep/"]],
  ["both", { delimiter: "/", filter: "BOTH" }, ["in/a.csv", "in/b & <c>.txt", "in/deep/"]],
  ["what matches", { regexp: ".*\\.csv" }, ["in/a.csv", "in/deep/c.csv"]],
  ["the first ones", { maxFiles: 1 }, ["in/a.csv"]],
])("a listing finds %s", async (_, properties, expected) => {
  const { run, write } = await createBlobWorld(server.endpoint);
  for (const name of ["in/a.csv", "in/b & <c>.txt", "in/deep/c.csv", "out/d.csv"]) await write(name);
  const { outputs } = await run("List", { prefix: "in/", ...properties });
  expect((outputs!["blobs"] as { name: string }[]).map(({ name }) => name).toSorted()).toEqual(expected);
});

test("a mark of a folder is no file", async () => {
  const { run, write } = await createBlobWorld(server.endpoint);
  await write("in", "", { "x-ms-meta-hdi_isfolder": "true" });
  await write("in/a");
  expect((await run("List", {})).outputs).toMatchObject({ blobs: [{ name: "in/a" }] });
  expect((await run("List", { filter: "BOTH" })).outputs!["blobs"]).toHaveLength(2);
});

test("what is copied is another blob, and what is moved is the only one", async () => {
  const { container, run, write, read, names } = await createBlobWorld(server.endpoint);
  await write("a b", "content");
  const from = { container, name: "a b" };
  const copied = await run("Copy", { from, to: { container, name: "b/c" } });
  expect(copied.outputs).toMatchObject({ blob: { name: "b/c", size: 7 } });
  expect(await names()).toEqual(["a b", "b/c"]);
  await run("Copy", { from, to: { container, name: "d" }, delete: true });
  expect(await names()).toEqual(["b/c", "d"]);
  expect(await read("d")).toBe("content");
});

test("one blob, and a listing of them, is deleted", async () => {
  const { run, write, names } = await createBlobWorld(server.endpoint);
  for (const name of ["tmp/a", "tmp/b", "tmp/deep/c", "one", "kept"]) await write(name, "xy");
  expect((await run("DeleteList", { prefix: "tmp/", concurrent: 2 })).outputs).toEqual({ count: 3, size: 6 });
  expect((await run("Delete", { name: "one" })).outputs).toMatchObject({ blob: { name: "one", size: 2 } });
  expect(await names()).toEqual(["kept"]);
});

test("many blobs become files, and are moved away", async () => {
  const { world, container, run, write, names } = await createBlobWorld(server.endpoint);
  for (const name of ["in/a", "in/b"]) await write(name);
  const move = { action: "MOVE", moveTo: { container, name: "done/" } };
  const { outputs } = await run("Downloads", { prefix: "in/", ...move, validateChecksum: true });
  const files = outputs!["outputFiles"] as Record<string, string>;
  expect(Object.keys(files)).toEqual(["in/a", "in/b"]);
  expect(await world.files.text(files["in/b"]!)).toBe("in/b");
  expect(await names()).toEqual(["done/a", "done/b"]);
  expect((await run("Downloads", { prefix: "done/", action: "DELETE" })).state).toBe("SUCCESS");
  expect(await names()).toEqual([]);
});

test("two blobs that would be moved to the same place are not moved", async () => {
  const { container, run, write, names } = await createBlobWorld(server.endpoint);
  for (const name of ["in/1/a", "in/2/a"]) await write(name);
  const outcome = await run("Downloads", { prefix: "in/", action: "MOVE", moveTo: { container, name: "done" } });
  expect(outcome.message).toContain("would both be moved to");
  expect(await names()).toEqual(["in/1/a", "in/2/a"]);
});

test("a shared address lets others do what it says, and no more", async () => {
  const { run, write } = await createBlobWorld(server.endpoint);
  await write("a b/report ü", "for you");
  const share = { name: "a b/report ü", expirationDate: "2099-01-01T00:00:00Z", permissions: ["READ"] };
  const { outputs } = await run("SharedAccess", share);
  const uri = outputs!["uri"] as string;
  expect(await (await fetch(uri)).text()).toBe("for you");
  expect((await fetch(uri, { method: "DELETE" })).status).toBe(403);
  const past = await run("SharedAccess", { ...share, expirationDate: "2020-01-01T00:00:00Z" });
  expect((await fetch(past.outputs!["uri"] as string)).status).toBe(403);
});

test.each([
  [{ permissions: ["READ", "FLY"] }, /has "FLY", which is none/],
  [{ permissions: [] }, /is empty/],
  [{ expirationDate: "tomorrow" }, /is no time/],
])("a shared address with %j fails with words", async (properties, message) => {
  const { run } = await createBlobWorld(server.endpoint);
  const good = { name: "a", expirationDate: "2099-01-01T00:00:00Z", permissions: ["READ"] };
  expect((await run("SharedAccess", { ...good, ...properties })).message).toMatch(message);
});

test("a connection string, and a signature of the account, open it as well", async () => {
  const { world, container, place, run, write } = await createBlobWorld(server.endpoint);
  await write("a");
  const { sharedKeyAccountName: _, sharedKeyAccountAccessKey: __, endpoint: ___, ...bare } = place;
  const named = `BlobEndpoint=${server.endpoint};AccountName=${ACCOUNT};AccountKey=${KEY}`;
  const list = definition("List") as TaskDefinition;
  expect(await world.run(list, { ...bare, connectionString: named })).toMatchObject({ state: "SUCCESS" });
  const share = { name: "a", expirationDate: "2099-01-01T00:00:00Z", permissions: ["READ"] };
  const { outputs } = await run("SharedAccess", share);
  const sasToken = new URL(outputs!["uri"] as string).search;
  const download = definition("Download") as TaskDefinition;
  const properties = { container, endpoint: server.endpoint, name: "a" };
  expect(await world.run(download, { ...properties, sasToken })).toMatchObject({ state: "SUCCESS" });
  expect(await world.run(download, { ...properties, sasToken: sasToken.slice(1) })).toMatchObject({ state: "SUCCESS" });
});

test("a wrong key is told as that, and not shown", async () => {
  const { run } = await createBlobWorld(server.endpoint);
  const key = Buffer.from("another").toString("base64");
  const outcome = await run("List", { sharedKeyAccountAccessKey: key });
  expect(outcome.message).toMatch(/does not accept who asks|does not allow it/);
  expect(outcome.message).not.toContain(key);
});
