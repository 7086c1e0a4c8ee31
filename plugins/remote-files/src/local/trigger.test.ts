import { appendFileSync, mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import type { JsonMap, JsonValue } from "@capstan/sdk";
import { expect, test } from "vitest";
import { createLocalWorld, EARLY, type LocalWorld } from "../testing/local-world.ts";

/** Asks again and again, as a scheduler does that loses nothing. */
function scheduler({ ask }: LocalWorld, properties: JsonMap = {}) {
  let position: JsonValue | undefined;
  const shown = async () => {
    const found = await ask(properties, position);
    return { found, names: found.files.map(({ name, changeType }) => `${name} ${changeType}`) };
  };
  return {
    ask: async () => {
      const { found, names } = await shown();
      ({ position } = found);
      return names;
    },
    /** The answer is lost in a crash before it is durable. */
    askAndCrash: async () => (await shown()).names,
  };
}

test("new files are told of once, and changed ones again", async () => {
  const world = createLocalWorld();
  const { ask } = scheduler(world);
  expect(await ask()).toEqual([]);
  world.write("work/a");
  expect(await ask()).toEqual(["a CREATE"]);
  expect(await ask()).toEqual([]);
  world.write("work/a", "changed", EARLY + 1);
  world.write("work/b");
  expect(await ask()).toEqual(["b CREATE", "a UPDATE"]);
  expect(await ask()).toEqual([]);
});

test.each([
  [{ on: "CREATE" }, ["a CREATE"], []],
  [{ on: "UPDATE" }, [], ["a UPDATE"]],
])("with %j are told of %j, and then %j", async (properties, first, then) => {
  const world = createLocalWorld();
  const { ask } = scheduler(world, properties);
  world.write("work/a");
  expect(await ask()).toEqual(first);
  world.write("work/a", "changed", EARLY + 1);
  expect(await ask()).toEqual(then);
});

test("a file that is replaced within a second by one of the same size has changed", async () => {
  const world = createLocalWorld();
  const { ask } = scheduler(world);
  world.write("work/a", "one", EARLY + 0.25);
  expect(await ask()).toEqual(["a CREATE"]);
  world.write("work/a", "two", EARLY + 0.5);
  expect(await ask()).toEqual(["a UPDATE"]);
});

test("the event has the stored content and what is known of the file", async () => {
  const world = createLocalWorld();
  world.write("work/sub/a.csv", "content");
  world.write("work/sub/b.txt");
  const { files, count } = await world.ask({ recursive: true, regExp: ".*\\.csv" });
  expect(files).toMatchObject([
    {
      localPath: world.at("work/sub/a.csv"),
      parent: world.at("work/sub"),
      name: "a.csv",
      size: 7,
      changeType: "CREATE",
      isDirectory: false,
      modifiedDate: "2023-11-14T22:13:20.000Z",
    },
  ]);
  expect([count, await world.world.files.text(files[0]!.uri)]).toEqual([1, "content"]);
});

test("a file that is still written waits until it is quiet, and is told of whole", async () => {
  let now = EARLY * 1_000;
  const world = createLocalWorld({ now: () => now });
  const { ask } = scheduler(world, { quietPeriod: "PT10S" });
  world.write("work/a", "half", EARLY);
  expect(await ask()).toEqual([]);
  now += 9_000;
  world.write("work/a", "half and half", EARLY + 9);
  expect(await ask()).toEqual([]);
  now += 9_999;
  expect(await ask()).toEqual([]);
  now += 1;
  expect(await ask()).toEqual(["a CREATE"]);
  world.write("work/a", "more", EARLY + 18);
  expect(await ask()).toEqual([]);
  now += 10_000;
  expect(await ask()).toEqual(["a UPDATE"]);
});

test.each([
  ["from the future", 3_600, {}],
  ["written just now, if nobody wants it quiet", 0, { quietPeriod: "PT0S" }],
])("a file %s does not wait for ever", async (_what, later, properties) => {
  const world = createLocalWorld({ now: () => EARLY * 1_000 });
  world.write("work/a", "a", EARLY + later);
  expect(await scheduler(world, properties).ask()).toEqual(["a CREATE"]);
});

test("a file that grows while it is read is not taken, and holds up no other", async () => {
  const world = createLocalWorld();
  const { files } = world.world;
  const put = files.put.bind(files);
  world.write("work/a", "half", EARLY);
  world.write("work/b", "b", EARLY + 1);
  let isFirst = true;
  files.put = async (name, content) => {
    const uri = await put(name, content);
    if (isFirst) appendFileSync(world.at("work/a"), " and half");
    isFirst = false;
    return uri;
  };
  const { ask } = scheduler(world, { quietPeriod: "PT0S" });
  expect(await ask()).toEqual(["b CREATE"]);
  expect(await ask()).toEqual(["a CREATE"]);
});

test.each([
  ["NONE", ["a"], ["a"]],
  ["DELETE", [], []],
  ["MOVE", ["done/a"], ["done/a"]],
])("with %s a crash loses nothing and tells of nothing twice", async (action, left, again) => {
  const world = createLocalWorld();
  const { ask, askAndCrash } = scheduler(world, { action, moveDirectory: world.at("work/done") });
  world.write("work/a");
  for (const asked of [askAndCrash, askAndCrash, ask]) expect(await asked()).toEqual(["a CREATE"]);
  expect(world.names()).toEqual(["a"]);
  // The file is handled, and the crash comes before that is known.
  expect(await askAndCrash()).toEqual([]);
  expect(world.names()).toEqual(left);
  expect([await ask(), await ask()]).toEqual([[], []]);
  expect(world.names()).toEqual(again);
});

test("a file of the same name that arrives before the first is handled is kept, and told of", async () => {
  const world = createLocalWorld();
  const { ask } = scheduler(world, { action: "DELETE" });
  world.write("work/a", "first");
  expect(await ask()).toEqual(["a CREATE"]);
  world.write("work/a", "other", EARLY + 0.5);
  expect(await ask()).toEqual(["a CREATE"]);
  expect(world.read("work/a")).toBe("other");
  expect(await ask()).toEqual([]);
  expect(world.names()).toEqual([]);
});

test("a file that is renamed into the folder is new, hidden parts of uploads are not", async () => {
  const world = createLocalWorld();
  const { ask } = scheduler(world);
  world.write("work/.a.0123abcd.part");
  expect(await ask()).toEqual([]);
  renameSync(world.at("work/.a.0123abcd.part"), world.at("work/a"));
  expect(await ask()).toEqual(["a CREATE"]);
});

test("links to outside are no files that arrive, and links within are", async () => {
  const world = createLocalWorld();
  world.write("secret/a");
  world.write("work/sub/b");
  symlinkSync(world.at("secret/a"), world.at("work/out"));
  symlinkSync(world.at("work/sub/b"), world.at("work/in"));
  expect(await scheduler(world).ask()).toEqual(["in CREATE"]);
});

test("so many are told of at once as `maxFiles` allows, and the others after them", async () => {
  const world = createLocalWorld();
  for (const name of ["a", "b", "c"]) world.write(`work/${name}`);
  const { ask } = scheduler(world, { maxFiles: 2 });
  const batches = [await ask(), await ask(), await ask()];
  expect(batches.map((batch) => batch.length)).toEqual([2, 1, 0]);
  expect(new Set(batches.flat()).size).toBe(3);
});

test("a file that is gone and comes again is new, unless `stateTtl` still knows it", async () => {
  const world = createLocalWorld();
  const [plain, lasting] = [scheduler(world), scheduler(world, { stateTtl: "PT1H" })];
  const both = async () => [await plain.ask(), await lasting.ask()];
  world.write("work/a");
  expect(await both()).toEqual([["a CREATE"], ["a CREATE"]]);
  unlinkSync(world.at("work/a"));
  await both();
  world.write("work/a");
  expect(await both()).toEqual([["a CREATE"], []]);
});

test.each([
  [{ from: "secret" }, "localFiles.readablePaths"],
  [{ from: "reference", action: "DELETE" }, "localFiles.writablePaths"],
  [{ from: "work", action: "MOVE" }, "`action: MOVE` needs `moveDirectory`"],
  [{ from: "work", action: "MOVE", moveDirectory: "secret" }, "localFiles.writablePaths"],
  [{ from: "work", action: "MOVE", moveDirectory: "work" }, "is the folder that is looked into"],
  [{ from: "work/none" }, "is not there: check the path."],
])("the question %j fails before anything is stored", async (properties, expected) => {
  const world = createLocalWorld();
  world.write("work/a");
  world.write("reference/a");
  const placed = Object.entries(properties).map(([name, value]) => [name, name === "action" ? value : world.at(value)]);
  await expect(world.ask(Object.fromEntries(placed) as JsonMap)).rejects.toThrow(expected);
  expect(world.world.files.uris()).toEqual([]);
});

test("a folder that is read only is watched without an action", async () => {
  const world = createLocalWorld();
  mkdirSync(world.at("reference/sub"));
  writeFileSync(world.at("reference/sub/a"), "a");
  const { files } = await world.ask({ from: world.at("reference"), recursive: true, quietPeriod: "PT0S" });
  expect(files.map(({ name }) => name)).toEqual(["a"]);
});
