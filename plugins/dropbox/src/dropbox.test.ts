import { type JsonMap, readRecords, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { copy } from "./copy.ts";
import { createFolder } from "./create-folder.ts";
import { deleteEntry } from "./delete.ts";
import { PATH_BYTES_MAX } from "./dropbox-path.ts";
import { getMetadata } from "./get-metadata.ts";
import { list } from "./list.ts";
import { move } from "./move.ts";
import { search } from "./search.ts";
import { type FakeOptions, startDropbox, TOKEN } from "./testing/fake-dropbox.ts";

const HELD = "kestra:///held/path.txt";
const REPORT = {
  name: "Today.csv",
  id: "/reports/today.csv",
  path: "/reports/Today.csv",
  type: "file",
  size: 3,
  clientModified: "2026-03-01T10:00:00Z",
};
const ENTRIES = {
  "/reports": undefined,
  "/reports/Today.csv": "a,b",
  "/reports/old": undefined,
  "/reports/old/1.csv": "",
};

async function run(task: TaskDefinition, properties: JsonMap, options: FakeOptions = {}, held = "/reports\n") {
  await using dropbox = await startDropbox({ entries: ENTRIES, ...options });
  await using world = createTestWorld();
  world.files.seed(HELD, held);
  const outcome = await world.run(task, { accessToken: TOKEN, endpointOverride: dropbox.url, ...properties });
  return { ...outcome, entries: dropbox.entries, calls: dropbox.calls(), world };
}

test("a folder is listed", async () => {
  const { outputs, world } = await run(list, { from: "/reports" });
  const folder = { name: "old", id: "/reports/old", path: "/reports/old", type: "folder" };
  expect(outputs).toEqual({ rows: [REPORT, folder], size: 2 });
  expect(world.metrics).toEqual([{ name: "files.count", type: "counter", value: 2 }]);
});

test.each([
  [{ recursive: true }, 4],
  [{ from: "" }, 1],
  [{ from: "/" }, 1],
  [{ from: "/reports/", recursive: true }, 3],
  [{ from: HELD, recursive: true }, 3],
])("with %j there are %j", async (properties, size) => {
  expect((await run(list, properties)).outputs).toMatchObject({ size });
});

test("all pages are stored", async () => {
  const { outputs, calls, world } = await run(list, { recursive: true, fetchType: "STORE" }, { perPage: 3 });
  const stored = await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)));
  expect(stored.map(({ value }) => (value as { path: string }).path)).toEqual(Object.keys(ENTRIES));
  expect([outputs!["size"], calls]).toEqual([4, ["list_folder", "list_folder/continue"]]);
});

test("the first entry is asked for alone", async () => {
  const { outputs, calls } = await run(list, { from: "/reports", fetchType: "FETCH_ONE" }, { perPage: 1 });
  expect(outputs).toEqual({ row: REPORT, size: 1 });
  expect(calls).toEqual(["list_folder"]);
});

test.each([
  [4, []],
  [
    3,
    [{ level: "WARN", message: "Dropbox has more than 3 entries: the rest is left out. Raise `limit` to have them." }],
  ],
])("a limit of %j of four is told of when it leaves out some", async (limit, warnings) => {
  const { outputs, world } = await run(list, { recursive: true, limit, fetchType: "NONE" }, { perPage: 2 });
  expect(outputs).toEqual({ size: limit });
  expect(world.logs.filter(({ level }) => level === "WARN")).toEqual(warnings);
});

test.each([
  [2_001, 2_000],
  [500, 500],
])("a limit of %j is asked for as pages of %j", async (limit, perPage) => {
  await using dropbox = await startDropbox();
  await using world = createTestWorld();
  await world.run(list, { accessToken: TOKEN, endpointOverride: dropbox.url, limit });
  expect(JSON.parse(dropbox.received[0]!.body)).toEqual({ path: "", recursive: false, limit: perPage });
});

test("files are searched on all pages", async () => {
  const properties = { query: "csv", path: "/reports", fileExtensions: [".csv", "tsv"] };
  const { outputs, calls } = await run(search, properties, { perPage: 1 });
  expect(outputs).toMatchObject({ rows: [REPORT, { path: "/reports/old/1.csv", size: 0 }], size: 2 });
  expect(calls).toEqual(["search_v2", "search/continue_v2"]);
});

test("no more is found than is wanted", async () => {
  const { outputs, world } = await run(search, { query: "csv", maxResults: 1 });
  expect(outputs).toEqual({ rows: [REPORT], size: 1 });
  expect(world.logs[0]!.message).toContain('The search for "csv" has more than 1 entries');
  expect(world.logs[0]!.message).toContain("Raise `maxResults`");
});

test("a file is looked at", async () => {
  expect((await run(getMetadata, { path: "/reports/Today.csv", includeMediaInfo: true })).outputs).toEqual({
    file: REPORT,
  });
});

test("a file is copied", async () => {
  const { outputs, entries } = await run(copy, { from: "/reports/Today.csv", to: "/kept.csv" });
  expect(outputs).toMatchObject({ file: { name: "kept.csv", path: "/kept.csv", size: 3 } });
  expect([entries.get("/reports/Today.csv"), entries.get("/kept.csv")]).toEqual(["a,b", "a,b"]);
});

test("a file is moved", async () => {
  const properties = { from: "/reports/Today.csv", to: "/kept.csv", autorename: true, allowOwnershipTransfer: true };
  const { outputs, entries } = await run(move, properties);
  expect(outputs).toMatchObject({ file: { path: "/kept.csv" } });
  expect([entries.has("/reports/Today.csv"), entries.get("/kept.csv")]).toEqual([false, "a,b"]);
});

test("a folder is made", async () => {
  const { outputs, entries } = await run(createFolder, { path: "/new" });
  expect(outputs).toEqual({ file: { name: "new", id: "/new", path: "/new", type: "folder" } });
  expect(entries.has("/new")).toBe(true);
});

test("a folder whose path a file holds is deleted", async () => {
  const { outputs, entries } = await run(deleteEntry, { from: HELD });
  expect(outputs).toMatchObject({ file: { path: "/reports", type: "folder" } });
  expect(entries.has("/reports")).toBe(false);
});

test.each([
  [deleteEntry, { from: "" }, "`from` is empty"],
  [deleteEntry, { from: "/" }, "`from` is empty"],
  [deleteEntry, { from: "reports" }, "does not begin with a slash. Write it as /reports."],
  [list, { from: "reports" }, "does not begin with a slash. Write it as /reports."],
  [getMetadata, { path: " " }, "`path` is empty"],
  [move, { from: "/reports", to: "" }, "`to` is empty"],
])("a path that is none is not asked for (%#)", async (task, properties, message) => {
  const { message: told, calls } = await run(task, properties);
  expect(told).toContain(message);
  expect(calls).toEqual([]);
});

test.each([
  [0, "SUCCESS"],
  [1, "FAILED"],
])("a file with %j bytes more than a path may have ends in %j", async (more, state) => {
  const held = "/reports".padEnd(PATH_BYTES_MAX + more);
  expect((await run(list, { from: HELD }, {}, held)).state).toBe(state);
});

test.each([
  [copy, { from: "/none", to: "/kept" }, "from_lookup/not_found"],
  [copy, { from: "/reports/Today.csv", to: "/reports/old" }, "to/conflict"],
  [createFolder, { path: "/reports" }, "path/conflict/folder"],
  [deleteEntry, { from: "/none" }, "path_lookup/not_found"],
  [getMetadata, { path: "id:none" }, "path/not_found"],
  [list, { from: "/none" }, "path/not_found"],
])("a refusal is told with its reason and what it means (%#)", async (task, properties, reason) => {
  const { message } = await run(task, properties);
  expect(message).toContain(`failed with status 409 and the body: {"error_summary":"${reason}`);
  expect(message).toContain("`error_summary` says why");
});

test("a token that is over is told as such, and never shown", async () => {
  const { message, world } = await run(list, { accessToken: "sl.old-token" });
  expect(message).toContain("status 401");
  expect(message).toContain("good for four hours");
  expect(JSON.stringify([message, world.logs])).not.toContain("sl.old-token");
});

test("too many requests say when to try again", async () => {
  const answer = { status: 429, headers: { "retry-after": "15" }, body: '{"error_summary":"too_many_requests/"}' };
  expect((await run(list, {}, { answer })).message).toContain("an interval of at least PT15S");
});

test("a redirect is not followed", async () => {
  const answer = { status: 302, headers: { location: "/elsewhere" }, body: "" };
  const { message, calls } = await run(list, {}, { answer });
  expect(message).toContain("was answered with what the API is not known to answer");
  expect(calls).toEqual(["list_folder"]);
});
