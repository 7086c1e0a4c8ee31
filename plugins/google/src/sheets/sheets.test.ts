import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import plugin from "../index.ts";
import { startSheets } from "../testing/sheets-stand-in.ts";
import { LOAD_CHARACTERS_MAX, valuesOf } from "./load-values.ts";

async function setup(sheets?: Parameters<typeof startSheets>[0]) {
  const server = await startSheets(sheets);
  const world = createTestWorld();
  onTestFinished(async () => {
    await world[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const run = (name: string, properties: JsonMap) => {
    const task = plugin.definitions.find(({ type }) => type === `io.kestra.plugin.googleworkspace.sheets.${name}`);
    const place = { endpoint: server.endpoint, accessToken: "token-1" };
    return world.run(task as TaskDefinition, { ...place, ...properties });
  };
  return { server, world, run };
}

test("a spreadsheet is made with a title", async () => {
  const { server, run } = await setup();
  expect(await run("CreateSpreadsheet", { title: "Report" })).toMatchObject({
    outputs: { spreadsheetId: "book", spreadsheetUrl: expect.stringContaining("/book/") },
  });
  expect(server.received[0]!.headers.authorization).toBe("Bearer token-1");
});

test.each([
  [
    "UPDATE",
    [
      ["id", "name"],
      ["1", "Ada"],
      ["old", "3"],
    ],
  ],
  [
    "OVERWRITE",
    [
      ["id", "name"],
      ["1", "Ada"],
    ],
  ],
  [
    "APPEND",
    [
      ["old", "1"],
      ["old", "2"],
      ["old", "3"],
      ["id", "name"],
      ["1", "Ada"],
    ],
  ],
])("%s writes CSV", async (insertType, expected) => {
  const { server, world, run } = await setup({
    Sheet1: [
      ["old", "1"],
      ["old", "2"],
      ["old", "3"],
    ],
  });
  const from = await world.files.put("report.csv", "id,name\n1,Ada\n");
  const outcome = await run("Load", { spreadsheetId: "book", from, format: "CSV", insertType });
  expect(outcome).toMatchObject({ outputs: { range: "Sheet1!A1", rows: 2, columns: 2 } });
  expect(server.sheets.get("Sheet1")).toEqual(expected);
});

test.each([
  [
    "JSON",
    true,
    [
      ["id", "who", "ok", "none"],
      [1, '{"n":"Ada"}', true, ""],
      [2, "", false, ""],
    ],
  ],
  [
    "ION",
    false,
    [
      [1, '{"n":"Ada"}', true, ""],
      [2, "", false, ""],
    ],
  ],
])("%s is written with header: %s", async (format, header, expected) => {
  const { server, world, run } = await setup();
  const records = [
    { id: 1, who: { n: "Ada" }, ok: true, none: null },
    { id: 2, ok: false },
  ];
  const from = await world.files.put("rows.ion", records.map((record) => JSON.stringify(record)).join("\n"));
  expect((await run("Load", { spreadsheetId: "book", from, format, header })).state).toBe("SUCCESS");
  expect(server.sheets.get("Sheet1")).toEqual(expected);
});

test("CSV is read as its options say", async () => {
  const { server, world, run } = await setup();
  const from = await world.files.put("report.csv", Buffer.from("id;name\n1;'Zo\xeb; A'\n", "latin1"));
  const csvOptions = { fieldDelimiter: ";", quote: "'", skipLeadingRows: 1, encoding: "ISO-8859-1" };
  expect((await run("Load", { spreadsheetId: "book", from, csvOptions })).state).toBe("SUCCESS");
  expect(server.sheets.get("Sheet1")).toEqual([["1", "Zoë; A"]]);
});

test("a file without rows writes nothing, and empties what it replaces", async () => {
  const { server, world, run } = await setup({ Sheet1: [["old"]] });
  const from = await world.files.put("report.csv", "");
  const outcome = await run("Load", { spreadsheetId: "book", from, insertType: "OVERWRITE" });
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { rows: 0, columns: 0 } });
  expect(server.sheets.get("Sheet1")).toEqual([]);
});

test("a load has as many characters as it may, and not one more", async () => {
  await using world = createTestWorld();
  // A row is written as `["…"]`.
  const longest = "x".repeat(LOAD_CHARACTERS_MAX - 4);
  const source = { format: "CSV", header: false, csvOptions: { fieldDelimiter: ",", encoding: "UTF-8" } } as const;
  const fits = await world.files.put("fits", longest);
  expect(await valuesOf(world.files, { ...source, from: fits })).toHaveLength(1);
  const more = await world.files.put("more", `${longest}x`);
  await expect(valuesOf(world.files, { ...source, from: more })).rejects.toThrow(/more than 33554432 characters/);
});

const TABLE = [
  ["id", "name", "city"],
  [1, "Ada"],
  [2, "Bob", "Bern"],
];
const MAPS = [
  { id: 1, name: "Ada", city: null },
  { id: 2, name: "Bob", city: "Bern" },
];

test.each([
  [true, MAPS],
  [false, TABLE],
])("cells are fetched and stored, with header: %s", async (header, expected) => {
  const { world, run } = await setup({ Sheet1: TABLE });
  const { outputs } = await run("ReadRange", { spreadsheetId: "book", range: "Sheet1", header, fetch: true });
  expect(outputs).toMatchObject({ rows: expected, size: expected.length });
  const lines = (await world.files.text(outputs!["uri"] as string)).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(expected);
});

test("all sheets, or some of them, are read", async () => {
  const { world, run } = await setup({ People: TABLE, "It's A1": [["a"], [1]], Empty: [] });
  const all = await run("Read", { spreadsheetId: "book" });
  expect(all.outputs).toMatchObject({ size: 3, uris: { People: expect.any(String), Empty: expect.any(String) } });
  expect(all.outputs).not.toHaveProperty("rows");
  const uris = all.outputs!["uris"] as Record<string, string>;
  expect(await world.files.text(uris["It's A1"]!)).toBe('{"a":1}\n');
  const some = await run("Read", {
    spreadsheetId: "book",
    selectedSheetsTitle: ["It's A1"],
    fetch: true,
    store: false,
  });
  expect(some.outputs).toEqual({ size: 1, rows: { "It's A1": [{ a: 1 }] } });
});

test.each([
  ["Read", { spreadsheetId: "book", selectedSheetsTitle: ["Other"] }, /has no sheet "Other". It has "Sheet1"/],
  ["Read", { spreadsheetId: "nobody" }, /HTTP 404.*Check `spreadsheetId`/],
  ["ReadRange", { spreadsheetId: "book", range: "Other" }, /Unable to parse range.*Check the name of the sheet/],
  ["Load", { spreadsheetId: "book", from: "FILE", format: "AVRO" }, /AVRO is not read here/],
  [
    "Load",
    { spreadsheetId: "book", from: "FILE", format: "CSV", csvOptions: { encoding: "klingon" } },
    /no encoding that is known/,
  ],
])("%s with %j fails with words", async (name, properties, message) => {
  const { world, run } = await setup();
  const file = await world.files.put("file", "a");
  const given = JSON.parse(JSON.stringify(properties).replace("FILE", file)) as typeof properties;
  const outcome = await run(name, given);
  expect(outcome.state).toBe("FAILED");
  expect(outcome.message).toMatch(message);
});
