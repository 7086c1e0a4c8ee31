import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { TaskFailure, type JsonMap, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { contentHashOf, createContentHash } from "./content-hash.ts";
import { download } from "./download.ts";
import { type FakeOptions, startDropbox, TOKEN } from "./testing/fake-dropbox.ts";
import { PART_BYTES, uploadContent } from "./upload-content.ts";
import { upload } from "./upload.ts";

const FROM = "kestra:///held/report.csv";
const METADATA = {
  name: "today.csv",
  id: "id:file",
  pathLower: "/reports/today.csv",
  pathDisplay: "/reports/today.csv",
  rev: "0123456789",
  size: 3,
  clientModified: "2026-03-01T10:00:00Z",
  serverModified: "2026-03-01T10:00:00Z",
  contentHash: contentHashOf(Buffer.from("a,b")),
};

async function run(task: TaskDefinition, properties: JsonMap, options: FakeOptions = {}, content = "a,b") {
  await using dropbox = await startDropbox(options);
  await using world = createTestWorld();
  world.files.seed(FROM, content);
  const written = { accessToken: TOKEN, endpointOverride: dropbox.url, from: FROM, ...properties };
  const outcome = await world.run(task, written);
  return { ...outcome, entries: dropbox.entries, calls: dropbox.calls(), world };
}

test("the hash is that of the hashes of blocks, however the pieces come", () => {
  const block = Buffer.alloc(4_194_304, "a");
  const rest = Buffer.from("rest");
  const sha = (...parts: Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
  const expected = sha(sha(block), sha(rest)).toString("hex");
  expect(contentHashOf(Buffer.concat([block, rest]))).toBe(expected);
  const pieces = createContentHash();
  for (const piece of [block.subarray(0, 7), block.subarray(7), rest.subarray(0, 1), rest.subarray(1)])
    pieces.update(piece);
  expect(pieces.digest()).toBe(expected);
  expect(contentHashOf(block)).toBe(sha(sha(block)).toString("hex"));
  expect(contentHashOf(Buffer.alloc(0))).toBe(createHash("sha256").digest("hex"));
});

test("a file is downloaded", async () => {
  const entries = { "/reports/today.csv": "a,b" };
  const { outputs, world } = await run(download, { from: "/reports/today.csv" }, { entries });
  expect(outputs).toEqual({ uri: expect.stringContaining("today.csv"), metadata: METADATA });
  expect(await world.files.text(outputs!["uri"] as string)).toBe("a,b");
  expect(world.metrics).toEqual([{ name: "file.size", type: "counter", value: 3 }]);
});

test("names that a header can't hold are those of files as well", async () => {
  const entries = { "/Entwürfe/日本.csv": "x" };
  const { state, message } = await run(download, { from: "/Entwürfe/日本.csv" }, { entries });
  expect([state, message]).toEqual(["SUCCESS", undefined]);
});

test.each([
  ["another content", () => "a;b"],
  ["less of it", () => "a"],
  ["more of it", () => "a,b,c"],
])("a download with %s fails and leaves nothing", async (_what, damage) => {
  const { message, world } = await run(download, { from: "/a" }, { entries: { "/a": "a,b" }, damage });
  expect(message).toContain("/a did not arrive as it is at Dropbox");
  expect(world.files.uris()).toEqual([FROM]);
});

test("a file that isn't there is told with what to check", async () => {
  const { message } = await run(download, { from: "/none" });
  expect(message).toContain("Downloading /none failed with status 409");
  expect(message).toContain("`path/not_found` is a path that isn't there");
});

test("a page for people is no file", async () => {
  const { message, world } = await run(download, { from: "/a" }, { answer: { body: "<html>" } });
  expect(message).toContain("none of Dropbox's answers");
  expect(world.files.uris()).toEqual([FROM]);
});

test("a download that is cut off is told with how far it came", async () => {
  await using server = await startServer((_request, response) => {
    const { name, id, rev, size } = METADATA;
    const result = JSON.stringify({ name, id, rev, size, client_modified: "", server_modified: "" });
    response.writeHead(200, { "content-length": "3", "dropbox-api-result": result });
    response.write("a", () => response.destroy());
  });
  await using world = createTestWorld();
  const outcome = await world.run(download, { accessToken: TOKEN, endpointOverride: server.url, from: "/a" });
  expect(outcome.message).toBe("The download of /a ended after 1 of 3 bytes. A retry may help.");
});

test("a kill in the middle of a download closes the connection", async () => {
  const kill = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using server = await startServer((_request, response) => {
    const { name, id, rev, size } = METADATA;
    const result = JSON.stringify({ name, id, rev, size, client_modified: "", server_modified: "" });
    response.writeHead(200, { "content-length": "3", "dropbox-api-result": result }).write("a", () => kill.abort());
    response.once("close", closed.resolve);
  });
  await using world = createTestWorld({ signal: kill.signal });
  const outcome = await world.run(download, { accessToken: TOKEN, endpointOverride: server.url, from: "/a" });
  await closed.promise;
  expect(outcome.state).toBe("FAILED");
  expect(outcome.message).not.toContain("A retry may help");
});

test("a small file is uploaded at once", async () => {
  const { outputs, calls, entries, world } = await run(upload, { to: "/reports/today.csv" });
  expect(outputs).toEqual({ metadata: METADATA });
  expect([calls, entries.get("/reports/today.csv")]).toEqual([["upload"], "a,b"]);
  expect(world.metrics).toEqual([{ name: "file.size", type: "counter", value: 3 }]);
});

test.each([
  [0, ["upload"]],
  [PART_BYTES - 1, ["upload"]],
  [PART_BYTES, ["upload_session/start", "upload_session/finish"]],
  [2 * PART_BYTES + 1, ["upload_session/start", "upload_session/append_v2", "upload_session/finish"]],
])("a file of %j bytes is uploaded with %j", async (bytes, expected) => {
  const content = "abcdefg".repeat(bytes / 7 + 1).slice(0, bytes);
  const { state, message, calls, entries } = await run(upload, { to: "/big" }, {}, content);
  expect([state, message, calls]).toEqual(["SUCCESS", undefined, expected]);
  expect(entries.get("/big") === content).toBe(true);
});

test("a large file is never whole in memory", async () => {
  await using dropbox = await startDropbox();
  await using world = createTestWorld();
  let given = 0;
  const givenAtRequest: number[] = [];
  const content = Readable.from(
    (async function* () {
      for (; given < 3 * PART_BYTES; given += 1_048_576) {
        if (dropbox.received.length > givenAtRequest.length) givenAtRequest.push(given);
        yield Buffer.alloc(1_048_576, "a");
      }
    })(),
  );
  const context = world.context<never>(upload, {
    accessToken: TOKEN,
    endpointOverride: dropbox.url,
    from: FROM,
    to: "/a",
  });
  await uploadContent(context, content, { path: "/a", mode: "add", autorename: false });
  expect(givenAtRequest[0]).toBeLessThanOrEqual(2 * PART_BYTES);
  expect(content.destroyed).toBe(true);
});

test.each([
  [{}, "FAILED", "b,c"],
  [{ mode: "OVERWRITE" }, "SUCCESS", "a,b"],
  [{ autorename: true }, "SUCCESS", "b,c"],
])("where the path is taken, %j ends in %j", async (properties, state, kept) => {
  const outcome = await run(upload, { to: "/a.csv", ...properties }, { entries: { "/a.csv": "b,c" } });
  expect([outcome.state, outcome.entries.get("/a.csv")]).toEqual([state, kept]);
  expect(outcome.entries.get("/a (1).csv")).toBe("autorename" in properties ? "a,b" : undefined);
});

test.each([
  [{ from: "a,b", to: "/a" }, '`from` is "a,b", which is no stored file'],
  [{ to: "a" }, '`to` is "a", which does not begin with a slash'],
  [{ to: "/a", from: "kestra:///none" }, "does not exist"],
])("with %j nothing is uploaded", async (properties, message) => {
  const outcome = await run(upload, properties);
  expect(outcome.message).toContain(message);
  expect(outcome.calls).toEqual([]);
});

test("a kill in the middle of an upload ends it", async () => {
  const kill = new AbortController();
  await using server = await startServer(() => kill.abort(new TaskFailure("killed")));
  await using world = createTestWorld({ signal: kill.signal });
  world.files.seed(FROM, "a,b");
  const written = { accessToken: TOKEN, endpointOverride: server.url, from: FROM, to: "/a" };
  expect(await world.run(upload, written)).toMatchObject({ state: "FAILED", message: "killed" });
});
