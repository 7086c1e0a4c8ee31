import { createTestWorld, type TestWorld } from "@capstan/sdk/test-kit";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { concat } from "./concat.ts";
import { deduplicateItems } from "./deduplicate-items.ts";
import { deleteFile } from "./delete.ts";
import { filterItems } from "./filter-items.ts";
import { localFiles } from "./local-files.ts";
import { purgeCurrentExecutionFiles } from "./purge-current-execution-files.ts";
import { reverse } from "./reverse.ts";
import { size } from "./size.ts";
import { split } from "./split.ts";
import { write } from "./write.ts";

const FROM = "kestra:///x/in.jsonl";

async function textOf(world: TestWorld, outputs: Record<string, unknown> | undefined): Promise<string> {
  return world.files.text(String(outputs?.["uri"]));
}

test("Write stores the text under a name with the extension", async () => {
  await using world = createTestWorld({ variables: { rows: [1] } });
  const { outputs } = await world.run(write, { content: "{{ rows }}", extension: "json" });
  expect(outputs?.["uri"]).toMatch(/\.json$/);
  expect(await textOf(world, outputs)).toBe("[1]");
});

describe("Concat", () => {
  test("joins files in order, with the separator also after the last", async () => {
    const files = ["kestra:///x/a", "kestra:///x/b"];
    await using world = createTestWorld({ variables: { files } });
    world.files.seed(files[0]!, "1");
    world.files.seed(files[1]!, "2");
    expect(await textOf(world, (await world.run(concat, { files })).outputs)).toBe("12");
    const separated = await world.run(concat, { files: "{{ files }}", separator: "\n", extension: ".csv" });
    expect(await textOf(world, separated.outputs)).toBe("1\n2\n");
    expect(separated.outputs?.["uri"]).toMatch(/\.csv$/);
  });

  test("names a file that is missing", async () => {
    await using world = createTestWorld();
    expect((await world.run(concat, { files: ["kestra:///none"] })).message).toContain("kestra:///none does not exist");
  });
});

describe("Split", () => {
  test("stores the parts, with the extension of the file, and leaves nothing in the folder", async () => {
    await using world = createTestWorld();
    world.files.seed(FROM, "1\n2\n3\n");
    const { outputs } = await world.run(split, { from: FROM, rows: 2 });
    const uris = outputs?.["uris"] as string[];
    expect(uris.every((uri) => uri.endsWith(".jsonl"))).toBe(true);
    expect(await Promise.all(uris.map((uri) => world.files.text(uri)))).toEqual(["1\n2\n", "3\n"]);
    expect(await readdir(await world.workingDirectory())).toEqual([]);
  });

  test("takes a size with a unit", async () => {
    await using world = createTestWorld();
    world.files.seed(FROM, "x".repeat(600).concat("\n").repeat(4));
    expect((await world.run(split, { from: FROM, bytes: "1.5 KB" })).outputs?.["uris"]).toHaveLength(2);
    expect((await world.run(split, { from: FROM, bytes: "many" })).message).toContain("a size such as 10KB");
  });

  test("without a rule it tells the rules", async () => {
    await using world = createTestWorld();
    world.files.seed(FROM, "1\n");
    expect((await world.run(split, { from: FROM })).message).toContain(
      "`regexPattern`, `bytes`, `partitions` and `rows`",
    );
  });
});

describe("Reverse", () => {
  test.each([
    ["1\n2\n3\n", {}, "3\n2\n1\n"],
    ["1\n2\n3", {}, "3\n2\n1\n"],
    ["1\n\n3\n", {}, "3\n\n1\n"],
    ["ä--ö--", { separator: "--" }, "ö--ä--"],
    ["", {}, ""],
  ])("turns %j", async (content, properties, expected) => {
    await using world = createTestWorld();
    world.files.seed(FROM, content);
    expect(await textOf(world, (await world.run(reverse, { from: FROM, ...properties })).outputs)).toBe(expected);
  });

  test("works over many blocks of a large file", async () => {
    await using world = createTestWorld();
    const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index}`);
    world.files.seed(FROM, lines.join("\n"));
    const { outputs } = await world.run(reverse, { from: FROM });
    expect((await textOf(world, outputs)).trimEnd().split("\n")).toEqual(lines.toReversed());
  });

  test("refuses a charset that it does not know", async () => {
    await using world = createTestWorld();
    world.files.seed(FROM, "1");
    expect((await world.run(reverse, { from: FROM, charset: "EBCDIC" })).message).toContain('"EBCDIC" is not known');
  });
});

test("Size counts bytes", async () => {
  await using world = createTestWorld();
  expect((await world.run(size, { uri: world.files.seed(FROM, "ä1") })).outputs).toEqual({ size: 3 });
});

test("Delete tells whether there was something, and fails for a missing file if asked to", async () => {
  await using world = createTestWorld();
  world.files.seed(FROM, "1");
  expect((await world.run(deleteFile, { uri: FROM })).outputs).toEqual({ uri: FROM, deleted: true });
  expect((await world.run(deleteFile, { uri: FROM })).outputs).toEqual({ uri: FROM, deleted: false });
  expect((await world.run(deleteFile, { uri: FROM, errorOnMissing: true })).state).toBe("FAILED");
});

describe("FilterItems", () => {
  const records = '{"keep":true,"n":1}\n{keep:false,n:2}\n{"n":3}\n';
  const filter = async (properties: Record<string, string>) => {
    await using world = createTestWorld();
    world.files.seed(FROM, records);
    const outcome = await world.run(filterItems, { from: FROM, filterCondition: "{{ keep }}", ...properties });
    return { ...outcome, text: outcome.outputs === undefined ? undefined : await textOf(world, outcome.outputs) };
  };

  test("keeps the records for which the condition holds", async () => {
    const { text, outputs } = await filter({ errorOrNullBehavior: "EXCLUDE" });
    expect(text).toBe('{"keep":true,"n":1}\n');
    expect(outputs).toMatchObject({ processedItemsTotal: 3, droppedItemsTotal: 2 });
  });

  test("drops them when told so, and may keep what can't be decided", async () => {
    const { text } = await filter({ filterType: "EXCLUDE", errorOrNullBehavior: "INCLUDE" });
    expect(text).toBe('{keep:false,n:2}\n{"n":3}\n');
  });

  test("fails by default for a record that can't be decided, and names it", async () => {
    const { state, message } = await filter({});
    expect(state).toBe("FAILED");
    expect(message).toContain("Record 3: Unable to find `keep`");
  });
});

test("DeduplicateItems keeps the last record of each key at its place", async () => {
  await using world = createTestWorld();
  world.files.seed(FROM, '{"k":"a","n":1}\n{"k":"b","n":2}\n{"k":"a","n":3}\n{k:c}\n');
  const { outputs } = await world.run(deduplicateItems, { from: FROM, expr: "{{ k }}" });
  expect(await textOf(world, outputs)).toBe('{"k":"b","n":2}\n{"k":"a","n":3}\n{k:c}\n');
  expect(outputs).toMatchObject({ numKeys: 3, processedItemsTotal: 4, droppedItemsTotal: 1 });
});

describe("LocalFiles", () => {
  test("writes contents and stored files into the working directory", async () => {
    await using world = createTestWorld({ variables: { name: "Ada" } });
    const uri = world.files.seed("kestra:///x/file", "stored");
    const inputs = { "sub/hello.txt": "Hi {{ name }}", copy: uri, empty: null, "data.json": { a: 1 } };
    expect((await world.run(localFiles, { inputs })).outputs).toEqual({ uris: {} });
    const folder = await world.workingDirectory();
    const contents = Object.keys(inputs).map((path) => readFile(join(folder, path), "utf8"));
    expect(await Promise.all(contents)).toEqual(["Hi Ada", "stored", "", '{"a":1}']);
  });

  test("stores what matches its globs", async () => {
    await using world = createTestWorld();
    const folder = await world.workingDirectory();
    await world.run(localFiles, { inputs: { "out/a.txt": "a" } });
    await writeFile(join(folder, "b.txt"), "b");
    const { outputs } = await world.run(localFiles, { outputs: ["out/*"] });
    const uris = outputs?.["uris"] as Record<string, string>;
    expect(Object.keys(uris)).toEqual(["out/a.txt"]);
    expect(await world.files.text(uris["out/a.txt"]!)).toBe("a");
  });

  test("a path may not lead out of the working directory", async () => {
    await using world = createTestWorld();
    for (const path of ["../x", "/etc/x", "a/../../x", "."])
      expect((await world.run(localFiles, { inputs: { [path]: "" } })).message).toContain("leads out");
  });
});

test("PurgeCurrentExecutionFiles deletes and lists everything", async () => {
  await using world = createTestWorld();
  world.files.seed(FROM, "1");
  expect((await world.run(purgeCurrentExecutionFiles, {})).outputs).toEqual({ uris: [FROM] });
  expect(world.files.uris()).toEqual([]);
});
