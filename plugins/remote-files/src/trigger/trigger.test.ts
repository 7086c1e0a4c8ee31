import { chmodSync, unlinkSync } from "node:fs";
import type { ExecutionFiles, JsonMap, JsonValue } from "@capstan/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFtpServer } from "../testing/ftp-server.ts";
import type { RemoteServer } from "../testing/remote-server.ts";
import { createRemoteWorld, type Finding, type RemoteWorld } from "../testing/remote-world.ts";
import { startSftpServer } from "../testing/sftp-server.ts";

/** Seconds since 1970, of files. */
const EARLY = 1_700_000_000;
const LATE = 1_700_000_060;

describe.each([
  { what: "OpenSSH", start: startSftpServer },
  { what: "ProFTPD", start: () => startFtpServer() },
])("at $what", ({ start }) => {
  let server: RemoteServer;
  const worldOf = (options = {}) => createRemoteWorld(server, options);

  beforeAll(async () => {
    server = await start();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose]());

  describe("what an execution is started for", () => {
    test("files that are new, and ones that have changed, once", async () => {
      const world = worldOf();
      const { ask } = scheduler(world, {});
      expect(await ask()).toEqual([]);
      world.write("a", "a", EARLY);
      expect(await ask()).toEqual(["a CREATE"]);
      expect(await ask()).toEqual([]);
      world.write("a", "changed", LATE);
      world.write("b", "b", EARLY);
      expect(await ask()).toEqual(["b CREATE", "a UPDATE"]);
      world.write("b", "B", LATE);
      expect(await ask()).toEqual(["b UPDATE"]);
      expect(await ask()).toEqual([]);
    });

    test.each([
      { on: "CREATE", first: ["a CREATE"], then: ["b CREATE"] },
      { on: "UPDATE", first: [], then: ["a UPDATE"] },
    ])("by `on: $on`", async ({ on, first, then }) => {
      const world = worldOf();
      const { ask } = scheduler(world, { on });
      world.write("a");
      expect(await ask()).toEqual(first);
      world.write("a", "changed");
      world.write("b");
      expect(await ask()).toEqual(then);
    });

    test.each([
      { properties: {}, names: ["b.txt", "a.csv"] },
      { properties: { sort: "NAME_ASC" }, names: ["a.csv", "b.txt"] },
      { properties: { regExp: ".*csv" }, names: ["a.csv"] },
      { properties: { regExp: ".*csv", recursive: true }, names: ["c.csv", "a.csv"] },
    ])("those that $properties choose, in their order", async ({ properties, names }) => {
      const world = worldOf();
      world.write("a.csv", "a", LATE);
      world.write("b.txt", "b", EARLY);
      world.write("sub/c.csv", "c", EARLY);
      world.write(".d.csv.0123abcd.part");
      expect(await scheduler(world, properties).ask()).toEqual(names.map((name) => `${name} CREATE`));
    });

    test("so many at once as `maxFiles` allows, and the others after them", async () => {
      const world = worldOf();
      for (const name of ["a", "b", "c"]) world.write(name);
      const { ask } = scheduler(world, { maxFiles: 2 });
      const batches = [await ask(), await ask(), await ask()];
      expect(batches.map((batch) => batch.length)).toEqual([2, 1, 0]);
      expect(new Set(batches.flat()).size).toBe(3);
    });

    test("the variables hold the stored file, and what is known of it", async () => {
      const { ask, world, write, place } = worldOf();
      write("a.csv", "content", EARLY);
      const [file] = (await ask({}))!.files!;
      expect(file).toMatchObject({
        serverPath: `${place}/a.csv`,
        name: "a.csv",
        size: 7,
        updatedDate: "2023-11-14T22:13:20.000Z",
        changeType: "CREATE",
        file: { path: file!.path, name: "a.csv" },
      });
      expect(await world.files.text(file!.path)).toBe("content");
    });

    test("a file that is gone and comes again is new, unless it is still known by `stateTtl`", async () => {
      let now = Date.UTC(2026, 0, 1);
      const world = worldOf({ now: () => now });
      const [plain, lasting] = [scheduler(world, {}), scheduler(world, { stateTtl: "PT1H" })];
      const both = async () => [await plain.ask(), await lasting.ask()];
      const comes = () => world.write("a", "a", EARLY);
      comes();
      expect(await both()).toEqual([["a CREATE"], ["a CREATE"]]);
      unlinkSync(world.at("a"));
      await both();
      now += 59 * 60_000;
      comes();
      expect(await both()).toEqual([["a CREATE"], []]);
      unlinkSync(world.at("a"));
      await both();
      now += 61 * 60_000;
      comes();
      expect(await both()).toEqual([["a CREATE"], ["a CREATE"]]);
    });

    test("another `stateKey` knows nothing, nor does another folder", async () => {
      const world = worldOf();
      world.write("a");
      world.write("sub/b");
      const { position } = (await world.ask({}))!;
      expect(await world.ask({}, position)).toBeUndefined();
      expect(shown(await world.ask({ stateKey: "again" }, position))).toEqual(["a CREATE"]);
      expect(shown(await world.ask({ from: `${world.place}/sub` }, position))).toEqual(["b CREATE"]);
    });
  });

  describe("what becomes of the files", () => {
    test.each([
      { action: "DELETE", left: [] },
      { action: "MOVE", left: ["old/a"] },
    ])("with $action, at the question after their event is durable", async ({ action, left }) => {
      const world = worldOf();
      const { ask } = scheduler(world, { action, moveDirectory: `${world.place}/old` });
      world.write("a");
      expect(await ask()).toEqual(["a CREATE"]);
      expect(world.names()).toEqual(["a"]);
      expect(await ask()).toEqual([]);
      expect(world.names()).toEqual(left);
      world.write("a", "again");
      expect(await ask()).toEqual(["a CREATE"]);
      await ask();
      expect(world.names()).toEqual(left);
      if (action === "MOVE") expect(world.read("old/a")).toBe("again");
    });

    test("a place below the folder is no place that files arrive at", async () => {
      const world = worldOf();
      const { ask } = scheduler(world, { action: "MOVE", moveDirectory: `${world.place}/old`, recursive: true });
      world.write("a");
      expect([await ask(), await ask(), await ask()]).toEqual([["a CREATE"], [], []]);
      expect(world.names()).toEqual(["old/a"]);
    });

    test("the folder that is looked into is no place to move files to", async () => {
      const world = worldOf();
      const asked = world.ask({ action: "MOVE", moveDirectory: `${world.place}/` });
      await expect(asked).rejects.toThrow(/^`moveDirectory` is the folder that is looked into: name another one\.$/);
    });

    test("two of one name are not moved over each other in one event", async () => {
      const world = worldOf();
      const { ask } = scheduler(world, { action: "MOVE", moveDirectory: `${world.place}/old`, recursive: true });
      for (const name of ["1/a", "2/a"]) world.write(name, name);
      expect((await ask()).length).toBe(1);
      expect(world.names()).toEqual(["1/a", "2/a"]);
    });

    test("what arrives under the same name before it is deleted is kept, and new", async () => {
      const world = worldOf();
      const { ask } = scheduler(world, { action: "DELETE" });
      world.write("a", "first", EARLY);
      expect(await ask()).toEqual(["a CREATE"]);
      world.write("a", "other", LATE);
      expect(await ask()).toEqual(["a CREATE"]);
      expect(world.read("a")).toBe("other");
      await ask();
      expect(world.names()).toEqual([]);
    });
  });

  test.each([
    { action: "NONE", left: ["a", "b"] },
    { action: "DELETE", left: [] },
    { action: "MOVE", left: ["old/a", "old/b"] },
  ])("a crash loses nothing and starts nothing twice, with $action", async ({ action, left }) => {
    const world = worldOf();
    const { ask, askAndCrash } = scheduler(world, { action, moveDirectory: `${world.place}/old` });
    world.write("a");
    // Before the event is durable, or when its execution was refused: it is found again.
    for (const asked of [askAndCrash, askAndCrash, ask]) expect(await asked()).toEqual(["a CREATE"]);
    // After it, while what was handled is removed: that is done again, and what arrived is not forgotten.
    world.write("b");
    expect([await askAndCrash(), await ask()]).toEqual([["b CREATE"], ["b CREATE"]]);
    expect([await askAndCrash(), await ask()]).toEqual([[], []]);
    expect(world.names()).toEqual(left);
  });

  test("a file that is still written waits for the next question, and holds up no other", async () => {
    const world = worldOf();
    world.write("a", "half", EARLY);
    world.write("b", "b", LATE);
    const { files } = world.world;
    const put: ExecutionFiles["put"] = async (name, content) => {
      const uri = await files.put(name, content);
      if (name === "a") world.write("a", "half and half", EARLY);
      return uri;
    };
    const found = await world.ask({ action: "DELETE" }, undefined, { ...files, put });
    expect(shown(found)).toEqual(["b CREATE"]);
    expect(world.world.logs).toContainEqual({
      level: "WARN",
      message: expect.stringMatching(/\/a changed while it was read: .* It is tried again later\.$/),
    });
    expect(files.uris()).toHaveLength(1);
    const next = await world.ask({ action: "DELETE" }, found!.position);
    expect(shown(next)).toEqual(["a CREATE"]);
    expect(await files.text(next!.files![0]!.path)).toBe("half and half");
  });

  test.skipIf(process.getuid?.() === 0)("a file that may not be read fails the question when it is alone", async () => {
    const world = worldOf();
    world.write("a");
    chmodSync(world.at("a"), 0);
    await expect(world.ask({})).rejects.toThrow(/Reading .*\/a failed: /);
  });

  test("a folder that is not there fails the question", async () => {
    const world = worldOf();
    await expect(world.ask({ from: "/nowhere" })).rejects.toThrow(/\/nowhere is not there: check the path/);
  });
});

/** What an answer names, as `NAME CHANGE`. */
function shown(found: Finding): readonly string[] {
  return (found?.files ?? []).map(({ name, changeType }) => `${name} ${changeType}`);
}

/** Asks again and again, as a scheduler does that loses nothing: each question gets the position of the last answer that had one. */
function scheduler({ ask }: RemoteWorld, properties: JsonMap) {
  let position: JsonValue | undefined;
  return {
    /** The answer becomes durable. */
    ask: async () => {
      const found = await ask(properties, position);
      position = found?.position ?? position;
      return shown(found);
    },
    /** The answer is lost in a crash before it is durable. */
    askAndCrash: async () => shown(await ask(properties, position)),
  };
}
