import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
import { buffer } from "node:stream/consumers";
import type { JsonMap } from "@capstan/sdk";
import { expect, test } from "vitest";
import { createLocalWorld, EARLY } from "../testing/local-world.ts";

const HELD = "kestra:///held/report.csv";

test("files are listed with what is known of them", async () => {
  const { run, write, at } = createLocalWorld();
  write("work/b.csv", "12345");
  write("work/sub/a.csv");
  const { outputs } = await run("List", { from: at("work"), sort: "NAME_ASC" });
  const date = "2023-11-14T22:13:20.000Z";
  expect(outputs).toMatchObject({
    count: 2,
    files: [
      {
        uri: `file://${at("work/b.csv")}`,
        localPath: at("work/b.csv"),
        name: "b.csv",
        parent: at("work"),
        size: 5,
        modifiedDate: date,
        accessedDate: date,
        isDirectory: false,
      },
      { name: "sub", isDirectory: true },
    ],
  });
});

test.each([
  [{ recursive: true }, ["a.txt", "b.csv", "c.csv", "sub"]],
  [{ recursive: true, regExp: ".*\\.csv" }, ["b.csv", "c.csv"]],
  [{ recursive: true, sort: "NAME_DESC", maxFiles: 2 }, ["c.csv", "sub"]],
  [{ regExp: ".*/sub/.*" }, []],
])("with %j are listed %j", async (properties, expected) => {
  const { run, write, at, world } = createLocalWorld();
  for (const name of ["work/a.txt", "work/b.csv", "work/sub/c.csv"]) write(name);
  const { outputs } = await run("List", { from: `file://${at("work")}`, ...properties });
  const names = (outputs!["files"] as { name: string }[]).map(({ name }) => name);
  expect(names.toSorted()).toEqual(expected);
  expect(world.logs.some(({ level }) => level === "WARN")).toBe("maxFiles" in properties);
});

test("more entries than are looked at together are all listed", async () => {
  const { run, write, at } = createLocalWorld();
  for (let index = 0; index < 130; index += 1) write(`work/${index}`);
  const { outputs } = await run("List", { from: at("work"), maxFiles: 1_000 });
  expect(new Set((outputs!["files"] as { name: string }[]).map(({ name }) => name)).size).toBe(130);
});

test("a file is stored, with the checksum that is asked for", async () => {
  const { run, write, at, world } = createLocalWorld();
  write("reference/a.csv", "abc");
  const { outputs } = await run("Download", {
    from: at("reference/a.csv"),
    validateChecksum: true,
    checksumAlgorithm: "MD5",
  });
  expect(outputs).toMatchObject({ size: 3, checksum: "900150983cd24fb0d6963f7d28e17f72" });
  expect(await world.files.text(outputs!["uri"] as string)).toBe("abc");
  const wrong = await run("Download", { from: at("reference/a.csv"), validateChecksum: true, checksumExpected: "00" });
  expect(wrong.message).toContain("is not what is expected: its SHA_256 is ba7816bf");
  expect(world.files.uris()).toHaveLength(1);
});

test.each([
  [{}, ["a.csv", "b.txt"], ["a.csv", "b.txt", "sub/c.csv"]],
  [{ regExp: ".*csv", recursive: true, action: "DELETE" }, ["a.csv", "sub/c.csv"], ["b.txt"]],
  [{ regExp: ".*csv", action: "MOVE", moveDirectory: "work/done/" }, ["a.csv"], ["b.txt", "done/a.csv", "sub/c.csv"]],
])("with %j the files %j are stored, and %j are there then", async (properties, stored, left) => {
  const { run, write, at, world, names } = createLocalWorld();
  for (const name of ["a.csv", "b.txt", "sub/c.csv"]) write(`work/${name}`, name);
  const moving = "moveDirectory" in properties ? { moveDirectory: at(properties.moveDirectory) } : {};
  const { outputs, message } = await run("Downloads", { from: at("work"), ...properties, ...moving });
  expect(message).toBeUndefined();
  const files = outputs!["outputFiles"] as Record<string, string>;
  expect(Object.keys(files).toSorted()).toEqual(stored);
  for (const [name, uri] of Object.entries(files)) expect(await world.files.text(uri)).toBe(name);
  expect((outputs!["files"] as unknown[]).length).toBe(stored.length);
  expect(names()).toEqual(left);
});

test.each([
  ["work/new/out.csv", "work/new/out.csv"],
  ["work/new/", "work/new/report.csv"],
])("a stored file is written to %s", async (to, expected) => {
  const { run, at, read, names, world } = createLocalWorld();
  world.files.seed(HELD, "a,b");
  const { outputs } = await run("Upload", { from: HELD, to: `${at("")}/${to}` });
  expect(outputs).toEqual({ uri: `file://${at(expected)}`, size: 3 });
  expect(read(expected)).toBe("a,b");
  expect(names()).toEqual([expected.replace("work/", "")]);
});

test.each([
  ["Upload", {}, "SUCCESS", "new"],
  ["Upload", { overwrite: false }, "FAILED", "old"],
  ["Copy", {}, "FAILED", "old"],
  ["Copy", { overwrite: true }, "SUCCESS", "new"],
  ["Move", {}, "FAILED", "old"],
  ["Move", { overwrite: true }, "SUCCESS", "new"],
])("%s with %j of a path that is taken: %s", async (task, properties, state, content) => {
  const { run, at, read, write, world } = createLocalWorld();
  write("work/out", "old");
  write("work/in", "new");
  world.files.seed(HELD, "new");
  const from = task === "Upload" ? HELD : at("work/in");
  const outcome = await run(task, { from, to: at("work/out"), ...properties });
  expect(outcome.state).toBe(state);
  if (state === "FAILED") expect(outcome.message).toContain("is there already. Choose another path");
  expect(read("work/out")).toBe(content);
});

test("of two who write a file that must not be there, one fails", async () => {
  const { run, at, read, world } = createLocalWorld();
  for (const name of ["a", "b"]) world.files.seed(`kestra:///${name}`, name);
  const outcomes = await Promise.all(
    ["a", "b"].map((name) => run("Upload", { from: `kestra:///${name}`, to: at("work/out"), overwrite: false })),
  );
  expect(outcomes.map(({ state }) => state).toSorted()).toEqual(["FAILED", "SUCCESS"]);
  expect(outcomes.find(({ state }) => state === "FAILED")!.message).toContain("is there already");
  expect(read("work/out")).toBe(["a", "b"][outcomes.findIndex(({ state }) => state === "SUCCESS")]);
});

test("many stored files are written, by the names of the map", async () => {
  const { run, at, names, world } = createLocalWorld();
  for (const name of ["a", "b", "c"]) world.files.seed(`kestra:///${name}`, name);
  const from = { "x.csv": "kestra:///a", "sub/y.csv": "kestra:///b", "z.txt": "kestra:///c" };
  const { outputs } = await run("Uploads", { from: JSON.stringify(from), to: at("work") });
  expect(outputs!["files"]).toEqual(["x.csv", "sub/y.csv", "z.txt"].map((name) => `file://${at(`work/${name}`)}`));
  expect(names()).toEqual(["sub/y.csv", "x.csv", "z.txt"]);
  const { message } = await run("Uploads", { from, to: at("work"), maxFiles: 2 });
  expect(message).toContain("`from` names 3 files, and `maxFiles` is 2");
  const out = await run("Uploads", { from: { "../../secret/x": "kestra:///a" }, to: at("work") });
  expect(out.message).toContain('has a step ".."');
});

test("a copy has the mode of its file, and leaves that as it is", async () => {
  const { run, at, read, write, names } = createLocalWorld();
  write("reference/run.sh", "#!/bin/sh");
  chmodSync(at("reference/run.sh"), 0o750);
  expect(await run("Copy", { from: at("reference/run.sh"), to: `${at("work/bin")}/` })).toMatchObject({
    state: "SUCCESS",
  });
  expect([read("work/bin/run.sh"), read("reference/run.sh"), names()]).toEqual([
    "#!/bin/sh",
    "#!/bin/sh",
    ["bin/run.sh"],
  ]);
  expect(statSync(at("work/bin/run.sh")).mode & 0o777).toBe(0o750);
});

test("a folder is moved with what is in it, and not into itself", async () => {
  const { run, at, write, names } = createLocalWorld();
  write("work/a/b/c");
  expect(await run("Move", { from: at("work/a"), to: at("work/x/y") })).toMatchObject({ state: "SUCCESS" });
  expect(names()).toEqual(["x/y/b/c"]);
  expect((await run("Move", { from: at("work/x"), to: at("work/x/z") })).message).toContain("choose another place");
  expect((await run("Copy", { from: at("work/x"), to: at("work/z") })).message).toContain("only files are copied");
});

test.each([
  [{ from: "work/a" }, ["a"], ["sub/b.csv", "sub/deep/c.csv"]],
  [{ from: "work/sub", recursive: true }, ["sub/deep/c.csv", "sub/deep", "sub/b.csv", "sub"], ["a"]],
  [{ from: "work", regExp: ".*csv" }, [], ["a", "sub/b.csv", "sub/deep/c.csv"]],
  [{ from: "work", regExp: ".*csv", recursive: true }, ["sub/b.csv", "sub/deep/c.csv"], ["a"]],
  [{ from: "work/none" }, [], ["a", "sub/b.csv", "sub/deep/c.csv"]],
])("%j deletes %j", async (properties, deleted, left) => {
  const { run, at, write, names } = createLocalWorld();
  for (const name of ["a", "sub/b.csv", "sub/deep/c.csv"]) write(`work/${name}`);
  const from = at(properties.from);
  const { outputs, message } = await run("Delete", { ...properties, from });
  expect(message).toBeUndefined();
  expect((outputs!["uris"] as string[]).toSorted()).toEqual(
    deleted.map((name) => `file://${at(`work/${name}`)}`).toSorted(),
  );
  expect(outputs).toMatchObject({ uri: `file://${from}`, deleted: deleted.length > 0 });
  expect(names()).toEqual(left);
});

test.each([
  [{ from: "work/none", errorOnMissing: true }, "There is nothing to delete"],
  [{ from: "work/sub" }, "ENOTEMPTY"],
  [{ from: "work", recursive: true }, "localFiles.writablePaths"],
])("%j deletes nothing: %s", async (properties, expected) => {
  const { run, at, write, names } = createLocalWorld();
  write("work/sub/a");
  expect((await run("Delete", { ...properties, from: at(properties.from) })).message).toContain(expected);
  expect(existsSync(at("work"))).toBe(true);
  expect(names()).toEqual(["sub/a"]);
});

test("a link is deleted and moved itself, and never what it leads to", async () => {
  const { run, at, write, read } = createLocalWorld();
  write("secret/a");
  write("work/sub/b");
  for (const name of ["link", "other"]) symlinkSync(at("secret/a"), at(`work/${name}`));
  symlinkSync(at("secret"), at("work/sub/out"));
  expect((await run("Delete", { from: at("work/sub"), recursive: true })).state).toBe("SUCCESS");
  expect(read("secret/a")).toBe("secret/a");
  expect(readlinkSync(at("work/link"))).toBe(at("secret/a"));
});

const REFUSED =
  /in none of the folders that flows may (?:read|write): an operator can name its folder in the server's option localFiles\.(?:readable|writable)Paths\.$/;

test.each<[string, JsonMap]>([
  ["List", { from: "secret" }],
  ["List", { from: "work/out" }],
  ["Download", { from: "secret/a" }],
  ["Download", { from: "work/out/a" }],
  ["Download", { from: "work/out-file" }],
  ["Downloads", { from: "secret" }],
  ["Downloads", { from: "reference", action: "DELETE" }],
  ["Downloads", { from: "work", action: "MOVE", moveDirectory: "secret" }],
  ["Upload", { to: "secret/new" }],
  ["Upload", { to: "reference/new" }],
  ["Upload", { to: "work/out/new" }],
  ["Uploads", { to: "secret" }],
  ["Copy", { from: "secret/a", to: "work/a" }],
  ["Copy", { from: "work/own", to: "secret/b" }],
  ["Copy", { from: "work/out-file", to: "work/a" }],
  ["Move", { from: "work/own", to: "work/out/own" }],
  ["Move", { from: "reference/a", to: "work/a" }],
  ["Delete", { from: "secret/a" }],
  ["Delete", { from: "reference/a" }],
  ["Delete", { from: "work/out/a" }],
])("%s of %j is refused, and changes nothing", async (task, properties) => {
  const { run, at, write, names, world } = createLocalWorld();
  for (const name of ["secret/a", "reference/a", "work/own"]) write(name);
  symlinkSync(at("secret"), at("work/out"));
  symlinkSync(at("secret/a"), at("work/out-file"));
  world.files.seed(HELD, "new");
  const placed = Object.entries(properties).map(([name, value]) =>
    name === "action" ? [name, value] : [name, at(value as string)],
  );
  const before = [names("work"), names("secret"), names("reference")];
  const { message } = await run(task, { from: HELD, ...(Object.fromEntries(placed) as JsonMap) });
  expect(message).toMatch(REFUSED);
  expect([names("work"), names("secret"), names("reference")]).toEqual(before);
  expect(world.files.uris()).toEqual([HELD]);
});

test("a link to where flows may not look is listed as what it is", async () => {
  const { run, at, write, world } = createLocalWorld();
  write("secret/a", "1234567");
  symlinkSync(at("secret/a"), at("work/out"));
  symlinkSync(at("work/none"), at("work/dangling"));
  const { outputs } = await run("List", { from: at("work") });
  const files = outputs!["files"] as { name: string; size: number; isDirectory: boolean }[];
  expect(files.map(({ name, isDirectory }) => `${name} ${isDirectory}`).toSorted()).toEqual([
    "dangling false",
    "out false",
  ]);
  expect(files.find(({ name }) => name === "out")!.size).not.toBe(7);
  expect((await run("Downloads", { from: at("work") })).outputs).toMatchObject({ files: [] });
  expect(world.files.uris()).toEqual([]);
});

test.each([
  ["work/a", 'is "work/a": give an absolute path'],
  ["file://host/a", 'is "file://host/a": give an absolute path'],
  ["/data/../etc/passwd", 'has a step ".."'],
  ["/data/a\nb", "holds control characters"],
])("%j is no path", async (from, expected) => {
  expect((await createLocalWorld().run("Download", { from })).message).toContain(expected);
});

test.each([
  ["Download", { from: "work/none" }, "is not there: check the path."],
  ["Download", { from: "work" }, "is no file"],
  ["List", { from: "work/none" }, "is not there: check the path."],
  ["Copy", { from: "work/none", to: "work/x" }, "is not there: check the path."],
])("%s of %j fails", async (task, properties, expected) => {
  const { run, at } = createLocalWorld();
  const placed = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, at(value)]));
  expect((await run(task, placed)).message).toContain(expected);
});

test("a kill ends a copy at once, and nothing stays of it", async () => {
  const killed = new AbortController();
  const { run, at, write, names } = createLocalWorld({ signal: killed.signal });
  write("work/big", "x".repeat(1_000_000));
  const outcome = run("Copy", { from: at("work/big"), to: at("work/copy") });
  killed.abort(new Error("killed"));
  expect(await outcome).toMatchObject({ state: "FAILED", message: "killed" });
  expect(names()).toEqual(["big"]);
});

test("a file of any size is copied in little memory", async () => {
  const [bytes, bytesMax] = [268_435_456, 134_217_728];
  const { run, at } = createLocalWorld();
  closeSync(openSync(at("work/big"), "w"));
  truncateSync(at("work/big"), bytes);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const looking = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)), 1);
  const outcome = await run("Copy", { from: at("work/big"), to: at("work/copy") });
  clearInterval(looking);
  expect([outcome.message, statSync(at("work/copy")).size]).toEqual([undefined, bytes]);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(bytesMax);
});

test("files on another file system are moved as copies, and folders are not", async () => {
  const other = "/dev/shm";
  const { run, at, write, read } = createLocalWorld({ localFolders: { readable: [], writable: ["/tmp", other] } });
  if (statSync(other).dev === statSync(at("work")).dev)
    throw new Error(`this test needs ${other} to be a file system of its own`);
  const target = `${other}/capstan-${process.pid}-${EARLY}`;
  write("work/a", "content");
  mkdirSync(at("work/folder"));
  expect(await run("Move", { from: at("work/a"), to: target })).toMatchObject({ state: "SUCCESS" });
  expect([existsSync(at("work/a")), statSync(target).size]).toEqual([false, 7]);
  expect(await run("Move", { from: target, to: at("work/back") })).toMatchObject({ state: "SUCCESS" });
  expect([existsSync(target), read("work/back")]).toEqual([false, "content"]);
  expect((await run("Move", { from: at("work/folder"), to: target })).message).toContain("only files are moved");
});

test("what is read is the bytes of the file", async () => {
  const { run, at, write, world } = createLocalWorld();
  write("work/ä b%.csv", "ü");
  const { outputs } = await run("Download", { from: `file://${at("work")}/%C3%A4%20b%25.csv` });
  expect((await buffer(await world.files.read(outputs!["uri"] as string))).toString()).toBe("ü");
});
