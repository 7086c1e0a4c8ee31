import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFtpServer } from "../testing/ftp-server.ts";
import type { RemoteServer } from "../testing/remote-server.ts";
import { createRemoteWorld } from "../testing/remote-world.ts";
import { startSftpServer } from "../testing/sftp-server.ts";

describe.each([
  { what: "OpenSSH", start: startSftpServer },
  { what: "ProFTPD with lists for people only", start: () => startFtpServer({ isOld: true }) },
  { what: "ProFTPD with TLS", start: () => startFtpServer({ mode: "EXPLICIT" }) },
])("at $what", ({ start }) => {
  let server: RemoteServer;
  const worldOf = () => createRemoteWorld(server);

  beforeAll(async () => {
    server = await start();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose]());

  describe("Upload", () => {
    test("makes the folders on the way, and leaves nothing else", async () => {
      const { run, world, place, read, names } = worldOf();
      const from = world.files.seed("kestra:///a/b/report.csv", "1,2\n");
      const outcome = await run("Upload", { from, to: `${place}/x/y/r 1.csv` });
      expect(outcome).toEqual({
        state: "SUCCESS",
        message: undefined,
        outputs: { from, to: `${server.address}${place}/x/y/r%201.csv` },
      });
      expect(names()).toEqual(["x/y/r 1.csv"]);
      expect(read("x/y/r 1.csv")).toBe("1,2\n");
      expect(world.metrics).toEqual([{ name: "file.size", type: "counter", value: 4 }]);
    });

    test("gives the file its own name in a folder", async () => {
      const { run, world, place, names } = worldOf();
      await run("Upload", { from: world.files.seed("kestra:///a/report.csv", "1"), to: `${place}/in/` });
      expect(names()).toEqual(["in/report.csv"]);
    });

    test("replaces a file, unless it may not", async () => {
      const { run, world, place, read, write, names } = worldOf();
      write("a", "old");
      const from = world.files.seed("kestra:///new", "new");
      const refused = await run("Upload", { from, to: `${place}/a`, overwrite: false });
      expect(refused.message).toMatch(/\/a is there already\. Choose another path, or set `overwrite: true`\.$/);
      expect(read("a")).toBe("old");
      expect((await run("Upload", { from, to: `${place}/a` })).state).toBe("SUCCESS");
      expect(read("a")).toBe("new");
      expect(names()).toEqual(["a"]);
    });

    test("of many megabytes and back keeps every byte", async () => {
      const { run, world, place } = worldOf();
      const content = Buffer.alloc(20_000_003, "0123456789abcdefghi");
      await run("Upload", { from: world.files.seed("kestra:///big", content), to: `${place}/big` });
      const { outputs } = await run("Download", { from: `${place}/big` });
      const { to } = outputs as { to: string };
      expect(await world.files.sizeBytes(to)).toBe(content.length);
      expect(content.equals(Buffer.from(await world.files.text(to)))).toBe(true);
    });

    test.each([0, 1, 32_767, 32_768, 32_769, 98_304])("of %i bytes and back keeps each", async (length) => {
      const { run, world, place } = worldOf();
      const content = Buffer.from(Array.from({ length }, (_, at) => at % 251));
      await run("Upload", { from: world.files.seed("kestra:///some", content), to: `${place}/some` });
      const { outputs } = await run("Download", { from: `${place}/some`, validateChecksum: true });
      const checksum = createHash("sha256").update(content).digest("hex");
      expect(outputs).toMatchObject({ checksum });
    });

    test("that fails in the middle leaves what was there, and no part", async () => {
      const { run, place, read, write, names, world } = worldOf();
      write("a", "old");
      const failing = {
        ...world.files,
        sizeBytes: async () => 3,
        read: async () => (await import("node:stream")).Readable.from(brokenContent()),
      };
      Object.assign(world.files, failing);
      const { message } = await run("Upload", { from: "kestra:///broken", to: `${place}/a` });
      expect(message).toMatch(/^Writing .*\.part failed: the disk is gone\./);
      expect(read("a")).toBe("old");
      expect(names()).toEqual(["a"]);
    });
  });

  describe("Uploads", () => {
    const seeded = (world: ReturnType<typeof worldOf>["world"]) =>
      ["a.csv", "b.txt"].map((name) => world.files.seed(`kestra:///x/${name}`, name));

    test.each([
      { what: "a list", from: ([a, b]: string[]) => [a!, b!], names: ["a.csv", "b.txt"] },
      { what: "JSON text of one", from: (uris: string[]) => JSON.stringify(uris), names: ["a.csv", "b.txt"] },
      { what: "one address", from: ([a]: string[]) => a!, names: ["a.csv"] },
      {
        what: "a map of names",
        from: ([a, b]: string[]) => ({ "sub/one": a!, two: b! }),
        names: ["sub/one", "two"],
      },
    ])("takes $what", async ({ from, names: expected }) => {
      const { run, world, place, names } = worldOf();
      const { outputs } = await run("Uploads", { from: from(seeded(world)), to: place });
      expect(names()).toEqual(expected);
      expect(outputs).toEqual({ files: expected.map((name) => `${server.address}${place}/${name}`) });
    });

    test("takes those whose name matches", async () => {
      const { run, world, place, names } = worldOf();
      await run("Uploads", { from: seeded(world), to: place, regExp: ".*\\.csv" });
      expect(names()).toEqual(["a.csv"]);
    });

    test.each([
      { properties: { from: [] }, message: /^There is nothing to upload/ },
      { properties: { from: ["x.csv"] }, message: /names "x\.csv", which is no address of a file/ },
      { properties: { from: ["kestra:///1/a", "kestra:///2/a"] }, message: /would both become .*\/a\. Give `from`/ },
      { properties: { from: { "../a": "kestra:///1/a" } }, message: /has a step "\.\."/ },
      {
        properties: { from: ["kestra:///1/a", "kestra:///1/b"], maxFiles: 1 },
        message: /names 2 files, and `maxFiles` is 1/,
      },
    ])("refuses $properties", async ({ properties, message }) => {
      const { run, place, names } = worldOf();
      const outcome = await run("Uploads", { to: place, ...properties });
      expect(outcome.message).toMatch(message);
      expect(names()).toEqual([]);
    });
  });

  describe("Download", () => {
    test("stores the file", async () => {
      const { run, world, place, write } = worldOf();
      write("in/ä [1].csv", "content");
      const { outputs } = await run("Download", { from: `${place}/in/ä [1].csv` });
      const { from, to, checksum } = outputs as Record<string, string>;
      expect(from).toBe(`${server.address}${place}/in/%C3%A4%20%5B1%5D.csv`);
      expect(await world.files.text(to!)).toBe("content");
      expect(checksum).toBeUndefined();
      expect(world.metrics).toEqual([{ name: "file.size", type: "counter", value: 7 }]);
      expect((await run("Download", { from: from! })).state).toBe("SUCCESS");
    });

    test.each([
      { checksumAlgorithm: "MD5", checksumExpected: "9A0364B9E99BB480DD25E1F0284C8555" },
      { checksumAlgorithm: "SHA_1", checksumExpected: "040f06fd774092478d450774f5ba30c5da78acc8" },
      { checksumExpected: "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73" },
    ])("checks $checksumAlgorithm", async (how) => {
      const { run, world, place, write } = worldOf();
      write("a", "content");
      const properties = { from: `${place}/a`, validateChecksum: true, ...how };
      expect(await run("Download", properties)).toMatchObject({
        outputs: { checksum: how.checksumExpected.toLowerCase() },
      });
      write("a", "another");
      for (const uri of world.files.uris()) await world.files.delete(uri);
      expect((await run("Download", properties)).message).toMatch(/\/a is not what is expected: its /);
      expect(world.files.uris()).toEqual([]);
    });

    test.each([
      { from: "missing", message: /\/missing is not there: check the path, and `rootDir`\.$/ },
      { from: "folder", message: /\/folder is no file: name one, or take `Downloads`/ },
      { from: "../../etc/passwd", message: /has a step "\.\.": write the path that is meant/ },
      { from: "a\r\nDELE b", message: /holds control characters, which no path may/ },
    ])("refuses $from", async ({ from, message }) => {
      const { run, place, at } = worldOf();
      mkdirSync(at("folder"));
      expect((await run("Download", { from: `${place}/${from}` })).message).toMatch(message);
    });

    test("begins at the root of the server with `rootDir: false`", async () => {
      const { run, place, write } = worldOf();
      write("a");
      const from = `${server.root}${place}/a`;
      expect((await run("Download", { from })).message).toMatch(/is not there/);
      expect((await run("Download", { from, rootDir: false })).state).toBe("SUCCESS");
    });
  });

  describe("List", () => {
    const filled = () => {
      const world = worldOf();
      world.write("b.csv", "bb", 1_700_000_000);
      world.write("a.csv", "a", 1_700_000_060);
      world.write("sub/c.csv", "c", 1_600_000_000);
      return world;
    };
    const shown = (outputs: unknown) => (outputs as { files: { path: string }[] }).files.map(({ path }) => path);

    test("tells what is known", async () => {
      const { run, place } = filled();
      const { outputs } = await run("List", { from: place, sort: "NAME_ASC" });
      const [a, , sub] = (outputs as { files: unknown[] }).files;
      expect(a).toMatchObject({
        path: `${place}/a.csv`,
        serverPath: `${place}/a.csv`,
        name: "a.csv",
        fileType: "FILE",
        symbolicLink: false,
        size: 1,
        updatedDate: "2023-11-14T22:14:20.000Z",
      });
      expect(sub).toMatchObject({ name: "sub", fileType: "FOLDER" });
    });

    test.each([
      { properties: { sort: "NAME_DESC" }, paths: ["sub", "b.csv", "a.csv"] },
      { properties: { sort: "LAST_MODIFIED_ASC", regExp: ".*csv" }, paths: ["b.csv", "a.csv"] },
      { properties: { sort: "LAST_MODIFIED_DESC", regExp: ".*csv" }, paths: ["a.csv", "b.csv"] },
      {
        properties: { sort: "LAST_MODIFIED_ASC", regExp: ".*csv", recursive: true },
        paths: ["sub/c.csv", "b.csv", "a.csv"],
      },
      { properties: { sort: "NAME_ASC", maxFiles: 1 }, paths: ["a.csv"] },
    ])("chooses and sorts by $properties", async ({ properties, paths }) => {
      const { run, place, world } = filled();
      const { outputs } = await run("List", { from: place, ...properties });
      expect(shown(outputs)).toEqual(paths.map((path) => `${place}/${path}`));
      const isCut = "maxFiles" in properties;
      expect(world.logs.some(({ message }) => /Raise `maxFiles`/.test(message))).toBe(isCut);
    });

    test("does not follow links into folders", async () => {
      const { run, place, at } = filled();
      symlinkSync(at("."), at("sub/loop"));
      const { outputs } = await run("List", { from: place, recursive: true, regExp: ".*csv", sort: "NAME_ASC" });
      expect(shown(outputs)).toEqual(["a.csv", "b.csv", "sub/c.csv"].map((path) => `${place}/${path}`));
    });

    test("says that a folder is missing", async () => {
      const { run, place } = worldOf();
      expect((await run("List", { from: `${place}/x` })).message).toMatch(/\/x is not there: check the path/);
    });
  });

  describe("Downloads", () => {
    test.each([
      { properties: { action: "NONE" }, left: [".x.0123abcd.part", "a.csv", "b.txt"] },
      { properties: {}, left: [".x.0123abcd.part", "a.csv", "b.txt"] },
      { properties: { action: "DELETE" }, left: [".x.0123abcd.part"] },
      { properties: { action: "DELETE", regExp: ".*csv" }, left: [".x.0123abcd.part", "b.txt"] },
      {
        properties: { action: "MOVE", moveDirectory: "old/" },
        left: [".x.0123abcd.part", "old/a.csv", "old/b.txt"],
      },
    ])("with $properties leaves $left", async ({ properties, left }) => {
      const { run, world, place, write, names } = worldOf();
      for (const name of ["a.csv", "b.txt", ".x.0123abcd.part"]) write(name);
      const whole = "moveDirectory" in properties ? { ...properties, moveDirectory: `${place}/old/` } : properties;
      const { outputs } = await run("Downloads", { from: place, ...whole });
      const { files, outputFiles } = outputs as { files: Found[]; outputFiles: Record<string, string> };
      const expected = "regExp" in properties ? ["a.csv"] : ["a.csv", "b.txt"];
      expect(Object.keys(outputFiles).toSorted()).toEqual(expected);
      expect(await world.files.text(outputFiles["a.csv"]!)).toBe("a.csv");
      expect(files.find(({ name }) => name === "a.csv")).toMatchObject({
        path: outputFiles["a.csv"],
        serverPath: `${place}/a.csv`,
      });
      expect(names()).toEqual(left);
    });

    test("refuses to move two files to one place", async () => {
      const { run, place, write, names } = worldOf();
      for (const name of ["1/a", "2/a"]) write(name);
      const properties = { from: place, recursive: true, action: "MOVE", moveDirectory: `${place}/old` };
      expect((await run("Downloads", properties)).message).toMatch(/would both be moved to .*\/old\/a/);
      expect(names()).toEqual(["1/a", "2/a"]);
    });

    test("needs to know where to move files", async () => {
      const { run, place } = worldOf();
      expect((await run("Downloads", { from: place, action: "MOVE" })).message).toMatch(/needs `moveDirectory`/);
    });
  });

  describe("Move", () => {
    test.each([
      { to: "new/b", name: "new/b" },
      { to: "new/", name: "new/a" },
    ])("to $to", async ({ to, name }) => {
      const { run, place, write, names } = worldOf();
      write("a");
      const { outputs } = await run("Move", { from: `${place}/a`, to: `${place}/${to}` });
      expect(names()).toEqual([name]);
      expect(outputs).toEqual({ from: `${server.address}${place}/a`, to: `${server.address}${place}/${name}` });
    });

    test("replaces a file only when it may", async () => {
      const { run, place, write, read, names } = worldOf();
      write("a", "new");
      write("b", "old");
      const properties = { from: `${place}/a`, to: `${place}/b` };
      expect((await run("Move", properties)).message).toMatch(/\/b is there already/);
      expect(read("b")).toBe("old");
      expect((await run("Move", { ...properties, overwrite: true })).state).toBe("SUCCESS");
      expect([names(), read("b")]).toEqual([["b"], "new"]);
      expect((await run("Move", properties)).message).toMatch(/\/a is not there/);
    });
  });

  describe("Delete", () => {
    test.each([
      { properties: { uri: "a.csv" }, left: ["sub/b.csv", "sub/c.txt"], uris: ["a.csv"] },
      { properties: { uri: "sub", recursive: true }, left: ["a.csv"], uris: ["sub/c.txt", "sub/b.csv", "sub"] },
      { properties: { uri: "sub", regExp: ".*csv" }, left: ["a.csv", "sub/c.txt"], uris: ["sub/b.csv"] },
      { properties: { uri: "", regExp: ".*csv" }, left: ["sub/b.csv", "sub/c.txt"], uris: ["a.csv"] },
      {
        properties: { uri: "", regExp: ".*csv", recursive: true },
        left: ["sub/c.txt"],
        uris: ["a.csv", "sub/b.csv"],
      },
      { properties: { uri: "empty" }, left: ["a.csv", "sub/b.csv", "sub/c.txt"], uris: ["empty"] },
      { properties: { uri: "missing" }, left: ["a.csv", "sub/b.csv", "sub/c.txt"], uris: [] },
    ])("with $properties", async ({ properties, left, uris }) => {
      const { run, place, write, names, at } = worldOf();
      for (const name of ["a.csv", "sub/b.csv", "sub/c.txt"]) write(name);
      mkdirSync(at("empty"));
      const { outputs } = await run("Delete", { ...properties, uri: `${place}/${properties.uri}` });
      expect(names()).toEqual(left);
      const deleted = outputs as { uris: string[]; deleted: boolean };
      expect(deleted.uris.toSorted()).toEqual(uris.map((name) => `${server.address}${place}/${name}`).toSorted());
      expect(deleted.deleted).toBe(uris.length > 0);
    });

    test("fails for a folder that is not empty, and for nothing when asked to", async () => {
      const { run, place, write, names } = worldOf();
      write("sub/a");
      expect((await run("Delete", { uri: `${place}/sub` })).message).toMatch(/^Deleting .*\/sub failed: /);
      expect((await run("Delete", { uri: `${place}/x`, errorOnMissing: true })).message).toMatch(/\/x is not there\.$/);
      expect((await run("Delete", { uri: "/", recursive: true })).message).toMatch(/which is not deleted/);
      expect(names()).toEqual(["sub/a"]);
    });

    test("deletes a link, and never what it leads to", async () => {
      const { run, place, write, names, at } = worldOf();
      write("kept/a");
      mkdirSync(at("sub"));
      symlinkSync(at("kept"), at("sub/link"));
      symlinkSync(at("kept"), at("link"));
      expect((await run("Delete", { uri: `${place}/sub`, recursive: true })).message).toBeUndefined();
      expect((await run("Delete", { uri: `${place}/link`, recursive: true })).message).toBeUndefined();
      expect(names()).toEqual(["kept/a"]);
    });
  });
});

type Found = Record<"path" | "serverPath" | "name", string>;

async function* brokenContent() {
  yield Buffer.from("new");
  throw new Error("the disk is gone");
}
