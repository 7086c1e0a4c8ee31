import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BUILD_MS_MAX, startFakeGcs } from "../testing/fake-gcs.ts";
import { createStorageWorld } from "../testing/storage-world.ts";
import { SOURCES_MAX } from "./compose.ts";

let server: Awaited<ReturnType<typeof startFakeGcs>>;
beforeAll(async () => {
  server = await startFakeGcs();
}, BUILD_MS_MAX);
afterAll(() => server[Symbol.asyncDispose]());

const md5 = (text: string | Uint8Array) => createHash("md5").update(text).digest("base64");

test("a file becomes an object, with what is said about it", async () => {
  const { world, bucket, run, read } = await createStorageWorld(server.endpoint);
  const from = await world.files.put("dump.sql", "select 1;");
  const outcome = await run("Upload", {
    from,
    to: `gs://${bucket}/db/monday dump+1.sql`,
    contentType: "application/sql",
    contentDisposition: "attachment",
    cacheControl: "no-store",
  });
  expect(outcome).toMatchObject({
    state: "SUCCESS",
    outputs: { uri: `gs://${bucket}/db/monday dump+1.sql`, md5: md5("select 1;") },
  });
  expect(await read("db/monday dump+1.sql")).toBe("select 1;");
  const listed = await run("List", { from: `gs://${bucket}/db/` });
  expect(listed.outputs!["blobs"]).toMatchObject([
    { contentType: "application/sql", contentDisposition: "attachment", cacheControl: "no-store", size: 9 },
  ]);
  expect(world.metrics).toContainEqual({ name: "file.size", type: "counter", value: 9 });
});

test("an upload of another content than expected is refused", async () => {
  const { world, bucket, run, names } = await createStorageWorld(server.endpoint);
  const from = await world.files.put("a", "a");
  const outcome = await run("Upload", { from, to: `gs://${bucket}/a`, expectedMd5: md5("b") });
  expect(outcome.state).toBe("FAILED");
  expect(outcome.message).toContain(`Uploading gs://${bucket}/a failed`);
  expect(await names()).toEqual([]);
});

test("an empty file is an object too", async () => {
  const { world, bucket, run, names } = await createStorageWorld(server.endpoint);
  const from = await world.files.put("empty", "");
  expect(await run("Upload", { from, to: `gs://${bucket}/empty` })).toMatchObject({ state: "SUCCESS" });
  expect(await names()).toEqual(["empty"]);
  expect((await run("Download", { from: `gs://${bucket}/empty`, validateChecksum: true })).state).toBe("SUCCESS");
});

test("a content of some megabytes comes back as it went", async () => {
  const { world, bucket, run } = await createStorageWorld(server.endpoint);
  const content = Buffer.alloc(9_000_001, "0123456789");
  const from = await world.files.put("big", content);
  expect(await run("Upload", { from, to: `gs://${bucket}/big` })).toMatchObject({ outputs: { md5: md5(content) } });
  const { outputs } = await run("Download", { from: `gs://${bucket}/big`, validateChecksum: true });
  expect(outputs).toMatchObject({ bucket, path: "big" });
  expect(md5(await world.files.text(outputs!["uri"] as string))).toBe(md5(content));
});

test.each([
  ["Download", { from: "gs://BUCKET/missing" }, /^Reading gs:\/\/\S+\/missing failed: .*HTTP 404/],
  ["Download", { from: "gs://BUCKET/" }, /names no object/],
  ["Download", { from: "s3://other/name" }, /no address in Cloud Storage/],
  ["Download", { from: "gs://BUCKET/.." }, /no name of an object/],
  ["Upload", { from: "kestra:///missing", to: "gs://BUCKET/a" }, /missing|not found|no file/i],
  ["Delete", { uri: "gs://BUCKET/missing", errorOnMissing: true }, /HTTP 404/],
  ["DeleteList", { from: "gs://BUCKET/none/", errorOnEmpty: true }, /nothing to delete/],
  ["Copy", { from: "gs://BUCKET/a", to: "gs://BUCKET/a", delete: true }, /nothing would be left/],
  ["Compose", { list: { from: "gs://BUCKET/none/" }, to: "gs://BUCKET/a" }, /nothing to join/],
  ["Downloads", { from: "gs://BUCKET/", action: "MOVE" }, /needs `moveDirectory`/],
  ["Downloads", { from: "gs://BUCKET/", action: "DELETE", allVersions: true }, /`allVersions` is for `action: NONE`/],
])("%s with %j fails with words", async (name, properties, message) => {
  const { bucket, run } = await createStorageWorld(server.endpoint);
  const given = JSON.parse(JSON.stringify(properties).replaceAll("BUCKET", bucket)) as typeof properties;
  const outcome = await run(name, given);
  expect(outcome.state).toBe("FAILED");
  expect(outcome.message).toMatch(message);
});

test.each([
  ["what lies in the folder", {}, ["in/a.csv", "in/b.txt", "in/deep/"]],
  ["what lies below it", { listingType: "RECURSIVE" }, ["in/a.csv", "in/b.txt", "in/deep/c.csv"]],
  ["files alone", { filter: "FILES" }, ["in/a.csv", "in/b.txt"]],
  ["folders alone", { filter: "DIRECTORY" }, ["in/deep/"]],
  ["what matches", { listingType: "RECURSIVE", regExp: "gs://.*\\.csv" }, ["in/a.csv", "in/deep/c.csv"]],
  ["the first ones", { maxFiles: 1 }, ["in/a.csv"]],
])("a listing finds %s", async (_, properties, expected) => {
  const { bucket, run, write } = await createStorageWorld(server.endpoint);
  for (const name of ["in/a.csv", "in/b.txt", "in/deep/c.csv", "out/d.csv"]) await write(name);
  const { outputs } = await run("List", { from: `gs://${bucket}/in/`, ...properties });
  expect((outputs!["blobs"] as { name: string }[]).map(({ name }) => name)).toEqual(expected);
});

test("what is copied is another object, and what is moved is the only one", async () => {
  const { bucket, run, write, read, names } = await createStorageWorld(server.endpoint);
  await write("a", "content");
  expect(await run("Copy", { from: `gs://${bucket}/a`, to: `gs://${bucket}/b/c` })).toMatchObject({
    outputs: { uri: `gs://${bucket}/b/c` },
  });
  expect(await names()).toEqual(["a", "b/c"]);
  await run("Copy", { from: `gs://${bucket}/a`, to: `gs://${bucket}/d`, delete: true });
  expect(await names()).toEqual(["b/c", "d"]);
  expect(await read("d")).toBe("content");
});

test("objects are joined in the order of their names", async () => {
  const { bucket, run, write, read } = await createStorageWorld(server.endpoint);
  for (const name of ["part-2", "part-1", "part-3"]) await write(name, `${name};`);
  const outcome = await run("Compose", { list: { from: `gs://${bucket}/part-` }, to: `gs://${bucket}/all` });
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { uri: `gs://${bucket}/all` } });
  expect(await read("all")).toBe("part-1;part-2;part-3;");
});

test("as many objects are joined as Cloud Storage takes, and one more is refused", async () => {
  const { bucket, run, write, names } = await createStorageWorld(server.endpoint);
  for (let part = 0; part < SOURCES_MAX; part += 1) await write(`part-${part}`, "x");
  const properties = { list: { from: `gs://${bucket}/part-` }, to: `gs://${bucket}/all` };
  expect((await run("Compose", properties)).state).toBe("SUCCESS");
  await write("part-more");
  const outcome = await run("Compose", { ...properties, to: `gs://${bucket}/more` });
  expect(outcome.message).toContain(`more than ${SOURCES_MAX} objects`);
  expect(await names()).not.toContain("more");
});

test("nothing to join is no failure where that is allowed", async () => {
  const { bucket, run } = await createStorageWorld(server.endpoint);
  const properties = { list: { from: `gs://${bucket}/none` }, to: `gs://${bucket}/all`, allowEmpty: true };
  expect(await run("Compose", properties)).toMatchObject({ state: "SUCCESS", outputs: {} });
});

test("deleting tells whether there was something", async () => {
  const { bucket, run, write, names } = await createStorageWorld(server.endpoint);
  await write("a");
  const uri = `gs://${bucket}/a`;
  expect((await run("Delete", { uri })).outputs).toEqual({ uri, deleted: true });
  expect((await run("Delete", { uri })).outputs).toEqual({ uri, deleted: false });
  expect(await names()).toEqual([]);
});

test("a listing is deleted, and the rest stays", async () => {
  const { bucket, run, write, names } = await createStorageWorld(server.endpoint);
  for (const name of ["tmp/a", "tmp/b", "tmp/deep/c", "kept"]) await write(name, "xy");
  const properties = { from: `gs://${bucket}/tmp/`, listingType: "RECURSIVE", concurrent: 2 };
  expect((await run("DeleteList", properties)).outputs).toEqual({ count: 3, size: 6 });
  expect(await names()).toEqual(["kept"]);
});

test("many objects become files, and are moved away", async () => {
  const { world, bucket, run, write, names } = await createStorageWorld(server.endpoint);
  for (const name of ["in/a", "in/b"]) await write(name);
  const { outputs } = await run("Downloads", {
    from: `gs://${bucket}/in/`,
    action: "MOVE",
    moveDirectory: `gs://${bucket}/done`,
    validateChecksum: true,
  });
  const files = outputs!["outputFiles"] as Record<string, string>;
  expect(Object.keys(files)).toEqual(["in/a", "in/b"]);
  expect(await world.files.text(files["in/b"]!)).toBe("in/b");
  expect(outputs!["blobs"]).toMatchObject([{ name: "in/a", uri: files["in/a"] }, { name: "in/b" }]);
  expect(await names()).toEqual(["done/a", "done/b"]);
});

test("with all versions, files are named with their generations", async () => {
  const { bucket, run, write } = await createStorageWorld(server.endpoint);
  await write("a");
  const { outputs } = await run("Downloads", { from: `gs://${bucket}/`, allVersions: true });
  expect(Object.keys(outputs!["outputFiles"] as object)).toEqual([expect.stringMatching(/^a#\d+$/)]);
});

test("two objects that would be moved to the same place are not moved", async () => {
  const { bucket, run, write, names } = await createStorageWorld(server.endpoint);
  for (const name of ["in/1/a", "in/2/a"]) await write(name);
  const move = { action: "MOVE", moveDirectory: `gs://${bucket}/done/` };
  const outcome = await run("Downloads", { from: `gs://${bucket}/in/`, listingType: "RECURSIVE", ...move });
  expect(outcome.message).toContain("would both be moved to");
  expect(await names()).toEqual(["in/1/a", "in/2/a"]);
});

test("with DELETE, what was downloaded is gone", async () => {
  const { bucket, run, write, names } = await createStorageWorld(server.endpoint);
  await write("in/a");
  expect((await run("Downloads", { from: `gs://${bucket}/in/`, action: "DELETE" })).state).toBe("SUCCESS");
  expect(await names()).toEqual([]);
});
