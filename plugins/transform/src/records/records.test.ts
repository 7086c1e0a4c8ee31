import { FETCHED_CHARACTERS_MAX, type JsonMap, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { aggregate, GROUPS_MAX } from "./aggregate.ts";
import { filter } from "./filter.ts";
import { map } from "./map.ts";
import { select } from "./select.ts";
import { unnest } from "./unnest.ts";
import { zip } from "./zip.ts";

const FILE = "kestra:///in/rows.ion";

async function run(task: TaskDefinition, properties: JsonMap, rows: readonly unknown[] = []) {
  await using world = createTestWorld();
  world.files.seed(FILE, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const { state, message, outputs = {} } = await world.run(task, properties);
  const { uri, records } = outputs as { uri?: string; records?: readonly unknown[] };
  const lines = uri === undefined ? undefined : (await world.files.text(uri)).split("\n").filter((line) => line !== "");
  const metrics = Object.fromEntries(world.metrics.map(({ name, value }) => [name, value]));
  return {
    state,
    message,
    records: records ?? lines?.map((line): unknown => JSON.parse(line)),
    uri,
    metrics,
    logs: world.logs,
  };
}

const ORDERS = [
  { id: 1, user: { name: "Ann" }, items: [{ price: 0.1 }, { price: 0.2 }], note: null },
  { id: 2, user: { name: "Bo" }, items: [] },
];

describe("Map", () => {
  test.each<[string, JsonMap, unknown]>([
    [
      "renames, calculates and converts",
      {
        fields: { order: "id", who: 'concat(user.name, "!")', total: { expr: "sum(items[].price)", type: "DECIMAL" } },
      },
      [
        { order: 1, who: "Ann!", total: 0.3 },
        { order: 2, who: "Bo!", total: 0 },
      ],
    ],
    [
      "keeps the other fields",
      { fields: { id: { expr: "id", type: "STRING" } }, keepOriginalFields: true },
      [
        { id: "1", user: { name: "Ann" }, items: [{ price: 0.1 }, { price: 0.2 }] },
        { id: "2", user: { name: "Bo" }, items: [] },
      ],
    ],
    [
      "keeps nulls when asked",
      { fields: { note: { expr: "note", optional: true } }, dropNulls: false },
      [{ note: null }, { note: null }],
    ],
    [
      "leaves records out that fail",
      { fields: { note: { expr: "coalesce(note, items[0].price)", type: "FLOAT" }, id: "note" }, onError: "SKIP" },
      [{ note: 0.1 }],
    ],
    [
      "makes fields null that fail",
      { fields: { id: "id", n: { expr: "user.name", type: "INT" } }, onError: "NULL", dropNulls: false },
      [
        { id: 1, n: null },
        { id: 2, n: null },
      ],
    ],
  ])("%s", async (_name, properties, expected) => {
    const { records, message, uri } = await run(map, { from: ORDERS, ...properties });
    expect(message).toBeUndefined();
    expect(records).toEqual(expected);
    expect(uri).toBeUndefined();
  });

  test.each<[string, string, unknown, unknown]>([
    ["STRING", "v", { a: 1 }, '{"a":1}'],
    ["INT", "v", "12", 12],
    ["FLOAT", "v", "1.5e3", 1500],
    ["BOOLEAN", "v", "TRUE", true],
    ["TIMESTAMP", "v", "2024-02-01T13:00:00+01:00", "2024-02-01T12:00:00.000Z"],
    ["LIST", "v", [1], [1]],
    ["STRUCT", "v", { a: 1 }, { a: 1 }],
  ])("converts to %s", async (type, expr, value, expected) => {
    expect((await run(map, { from: [{ v: value }] as never, fields: { v: { expr, type } } })).records).toEqual([
      { v: expected },
    ]);
  });

  test.each<[string, unknown, string]>([
    ["INT", 1.5, "Record 1: v can't be converted: 1.5 is no whole number."],
    ["INT", 2 ** 53, `Record 1: v can't be converted: ${2 ** 53} is no whole number.`],
    ["FLOAT", "0x10", 'Record 1: v can\'t be converted: "0x10" is no number.'],
    ["BOOLEAN", 1, "Record 1: v can't be converted: 1 is neither true nor false."],
    ["TIMESTAMP", "yesterday", 'Record 1: v can\'t be converted: "yesterday" is no time such as 2024-02-01T12:00:00Z.'],
    ["LIST", {}, "Record 1: v can't be converted: {} is no list."],
    ["STRUCT", [], "Record 1: v can't be converted: [] is no map."],
  ])("fails at what is no %s", async (type, value, message) => {
    expect((await run(map, { from: [{ v: value }] as never, fields: { v: { expr: "v", type } } })).message).toBe(
      message,
    );
  });

  test("a field that is absent fails, and one that is null doesn't", async () => {
    const { message } = await run(map, { from: ORDERS, fields: { note: "note" } });
    expect(message).toBe(
      "Record 2: note has no value, as the record lacks what note names. Add `optional: true` where it may.",
    );
  });
});

test("expressions of the flow may stand in names of fields and in what makes them", async () => {
  await using world = createTestWorld({ variables: { name: "id" } });
  const fields = { a: "{{ name }}", b: { expr: "{{ name }} + 1", type: "INT" } };
  expect((await world.run(map, { from: ORDERS.slice(1), fields })).outputs).toEqual({ records: [{ a: 2, b: 3 }] });
});

describe("Filter", () => {
  const rows = [{ id: 1, paid: true }, { id: 2, paid: false }, { id: 3 }];
  test.each<[string, number[]]>([
    ["SKIP", [1]],
    ["KEEP", [1, 3]],
  ])("with onError %s keeps the right records", async (onError, ids) => {
    const { records, metrics } = await run(filter, { from: rows, where: "paid", onError });
    expect(records).toEqual(ids.map((id) => rows[id - 1]));
    expect(metrics).toEqual({ processed: 3, passed: ids.length, dropped: 3 - ids.length, failed: 1 });
  });

  test.each([
    [
      "paid",
      "Record 3: `where` is neither true nor false, as a field in it is empty or absent. Use coalesce() for what may be.",
    ],
    ["id", "Record 1: `where` can't be converted: 1 is neither true nor false."],
    ["id >", "The expression id > can't be read: its end is missing."],
  ])("fails for %s", async (where, message) => {
    expect((await run(filter, { from: rows, where })).message).toBe(message);
  });
});

describe("Select", () => {
  const orders = [
    { id: 1, amount: 120 },
    { id: 2, amount: 70 },
  ];
  const people = [
    { id: "a", name: "Ann" },
    { id: "b", name: "Bo" },
  ];
  test.each<[string, JsonMap, unknown]>([
    [
      "merges, and later sources win",
      {},
      [
        { id: "a", amount: 120, name: "Ann" },
        { id: "b", amount: 70, name: "Bo" },
      ],
    ],
    [
      "keeps rows by position and name",
      { where: '$1.amount > 100 && name == "Ann"' },
      [{ id: "a", amount: 120, name: "Ann" }],
    ],
    [
      "makes fields",
      { fields: { order: "$1.id", who: "$2.name" } },
      [
        { order: 1, who: "Ann" },
        { order: 2, who: "Bo" },
      ],
    ],
    [
      "keeps fields of a source",
      { fields: { who: "name" }, keepInputFields: [1] },
      [
        { id: 1, amount: 120, who: "Ann" },
        { id: 2, amount: 70, who: "Bo" },
      ],
    ],
    [
      "keeps rows that fail",
      { fields: { x: { expr: "name", type: "INT" } }, onError: "KEEP" },
      [
        { id: "a", amount: 120, name: "Ann" },
        { id: "b", amount: 70, name: "Bo" },
      ],
    ],
    ["leaves rows out that fail", { fields: { x: "nowhere" }, onError: "SKIP" }, []],
  ])("%s", async (_name, properties, expected) => {
    const { records, message } = await run(select, { inputs: [orders, people], ...properties });
    expect(message).toBeUndefined();
    expect(records).toEqual(expected);
  });

  test("a field may have any name", async () => {
    const { records } = await run(select, { inputs: [FILE] }, [JSON.parse('{"__proto__":1}')]);
    expect(JSON.stringify(records)).toBe('[{"__proto__":1}]');
  });

  test("sources of different lengths fail, or end with the shortest", async () => {
    const inputs = [orders, [{ x: 1 }]];
    expect((await run(select, { inputs })).message).toBe(
      "`inputs` aren't of one length: after 1 records only some of them go on.",
    );
    expect((await run(select, { inputs, onLengthMismatch: "SKIP" })).records).toEqual([{ id: 1, amount: 120, x: 1 }]);
  });

  test("a source that isn't there can't be kept", async () => {
    expect((await run(select, { inputs: [orders], keepInputFields: [2] })).message).toBe(
      "`keepInputFields` names source 2, and there are 1: count from 1.",
    );
  });
});

describe("Zip", () => {
  const inputs = [[{ a: 1, x: "l" }], [{ b: 2, x: "r" }]];
  test.each<[string, unknown]>([
    ["LEFT", [{ a: 1, b: 2, x: "l" }]],
    ["RIGHT", [{ a: 1, b: 2, x: "r" }]],
  ])("resolves conflicts to the %s", async (onConflict, expected) => {
    expect((await run(zip, { inputs, onConflict })).records).toEqual(expected);
  });
  test("fails at a conflict, or leaves the row out", async () => {
    expect((await run(zip, { inputs })).message).toContain("Record 1: several sources have a field x.");
    expect((await run(zip, { inputs, onError: "SKIP" })).records).toEqual([]);
  });
  test("needs two sources of one length", async () => {
    expect((await run(zip, { inputs: [[]] })).state).toBe("FAILED");
    expect((await run(zip, { inputs: [[], [{}]], onError: "SKIP" })).message).toContain(
      "aren't of one length: after 0 records",
    );
  });
});

describe("Unnest", () => {
  const rows = [
    { id: 1, p: { q: 2, items: ["a", "b"] } },
    { id: 2, p: { items: [] } },
    { id: 3 },
    { id: 4, p: { items: "x" } },
  ];
  test.each<[string, JsonMap, unknown]>([
    [
      "leaves the list out of what it keeps",
      { onError: "SKIP" },
      [
        { id: 1, p: { q: 2 }, item: "a" },
        { id: 1, p: { q: 2 }, item: "b" },
      ],
    ],
    [
      "keeps nothing when asked",
      { onError: "NULL", keepOriginalFields: false },
      [{ item: "a" }, { item: "b" }, { item: null }],
    ],
  ])("%s", async (_name, properties, expected) => {
    expect((await run(unnest, { from: rows, path: "p.items[]", as: "item", ...properties })).records).toEqual(expected);
  });
  test("lists of lists give the inner ones", async () => {
    const from = [{ id: 1, orders: [{ lines: [1, 2] }, { lines: [3] }] }];
    expect((await run(unnest, { from, path: "orders[].lines[]", as: "lines" })).records).toEqual([
      { id: 1, lines: [1, 2] },
      { id: 1, lines: [3] },
    ]);
  });
  test.each([
    ["p.items[]", 'Record 4: the field items is no list but "x".'],
    ["p.items", 'Record 4: at p.items is no list but "x".'],
    ["p + 1", "The expression p + 1 can't be read: + is no part of a path such as payload.items[]."],
  ])("fails for the path %s", async (path, message) => {
    expect((await run(unnest, { from: rows, path, as: "item" })).message).toBe(message);
  });
});

describe("Aggregate", () => {
  const rows = [
    { c: "x", v: 0.1, at: "2024-01-02" },
    { c: "y", v: 5, at: "2024-01-01" },
    { c: "x", v: 0.2, at: "2024-01-01" },
    { c: "x", v: null },
  ];
  test("counts by group, in the order of their first records", async () => {
    const aggregates = {
      n: "count()",
      sum: "sum(v)",
      avg: "avg(v)",
      min: "min(at)",
      max: "max(v)",
      first: "first(at)",
      last: { expr: "last(v)", type: "STRING" },
    };
    const { records, metrics } = await run(aggregate, { from: rows, groupBy: ["c"], aggregates });
    expect(records).toEqual([
      { c: "x", n: 3, sum: 0.3, avg: 0.15, min: "2024-01-01", max: 0.2, first: "2024-01-02", last: "0.2" },
      { c: "y", n: 1, sum: 5, avg: 5, min: "2024-01-01", max: 5, first: "2024-01-01", last: "5" },
    ]);
    expect(metrics).toEqual({ groups: 2, processed: 4, passed: 4, dropped: 0, failed: 0 });
  });

  const broken = [
    { c: 1, v: 1, w: 1 },
    { c: 1, v: 2, w: "?" },
  ];
  test.each<[string, unknown]>([
    ["SKIP", [{ c: 1, v: 1, w: 1 }]],
    ["NULL", [{ c: 1, v: 3, w: null }]],
  ])("with onError %s a value that can't be counted counts as it should", async (onError, expected) => {
    const aggregates = { v: "sum(v)", w: "sum(w)" };
    expect((await run(aggregate, { from: broken, groupBy: "c", aggregates, onError })).records).toEqual(expected);
  });

  test.each<[JsonMap, string]>([
    [{ groupBy: ["c"], aggregates: { w: "sum(w)" } }, 'Record 2: "?" is no number.'],
    [{ groupBy: [], aggregates: { w: "sum(w)" } }, "`groupBy` names no fields: name one at least."],
    [{ groupBy: ["c"], aggregates: {} }, "`aggregates` names no fields: name one at least."],
    [
      { groupBy: ["c"], aggregates: { w: "median(w)" } },
      "median(w) is no aggregate: count(), and sum, min, max, avg, first and last of a field are.",
    ],
    [{ groupBy: ["c"], aggregates: { w: "sum()" } }, "sum() is no aggregate: name a field in the brackets."],
    [
      { groupBy: ["c"], aggregates: { w: "count(w)" } },
      "count(w) is no aggregate: count() counts records and takes nothing.",
    ],
  ])("fails for %j", async (properties, message) => {
    expect((await run(aggregate, { from: broken, ...properties })).message).toBe(message);
  });

  test("so many groups fit, and no more", async () => {
    const rows = Array.from({ length: GROUPS_MAX }, (_, id) => ({ id }));
    const properties = { from: FILE, groupBy: ["id"], aggregates: { n: "count()" } };
    expect((await run(aggregate, properties, rows)).metrics["groups"]).toBe(GROUPS_MAX);
    const { message } = await run(aggregate, { ...properties, onError: "SKIP" }, [...rows, { id: -1 }]);
    expect(message).toBe(`There are more than ${GROUPS_MAX} groups: let a database count them.`);
  });
});

describe("records", () => {
  const where = "true";
  test.each<[string, unknown]>([
    ["a map", { a: 1 }],
    ["JSON of a list", '[{"a":1}]'],
    ["JSON of a map", ' {"a":1}'],
    ["a list", [{ a: 1 }]],
    ["a file", FILE],
  ])("come of %s", async (_name, from) => {
    const { records, uri } = await run(filter, { from: from as never, where }, [{ a: 1 }]);
    expect(records).toEqual([{ a: 1 }]);
    expect(uri === undefined).toBe(from !== FILE);
  });

  test("a line that is a list is several", async () => {
    expect((await run(filter, { from: FILE, where }, [[{ a: 1 }, { a: 2 }], { a: 3 }])).records).toEqual([
      { a: 1 },
      { a: 2 },
      { a: 3 },
    ]);
  });

  test.each(["text", [1], [[[]]], '{"a"'])("don't come of %j", async (from) => {
    expect((await run(filter, { from, where, onError: "SKIP" })).message).toMatch(/^Record 1 is no map of fields but /);
  });

  test.each<[string, boolean]>([
    ["RECORDS", false],
    ["STORE", true],
  ])("with outputType %s a file stays one, or doesn't", async (outputType, isFile) => {
    const { uri, records } = await run(filter, { from: FILE, where, outputType }, [{ a: 1 }]);
    expect(uri !== undefined).toBe(isFile);
    expect(records).toEqual([{ a: 1 }]);
  });

  test("a file that is asked to be binary is text, and the log warns", async () => {
    const { records, logs } = await run(filter, { from: FILE, where, outputFormat: "BINARY" }, [{ a: 1 }]);
    expect(records).toEqual([{ a: 1 }]);
    expect(logs.filter(({ level }) => level === "WARN")).toHaveLength(1);
  });

  test("outputs hold so many characters of them, and no more", async () => {
    const properties = { from: FILE, where, outputType: "RECORDS" };
    const fitting = { a: "x".repeat(FETCHED_CHARACTERS_MAX - 9) };
    expect((await run(filter, properties, [fitting])).state).toBe("SUCCESS");
    expect((await run(filter, properties, [fitting, {}])).message).toBe(
      `The records are more than ${FETCHED_CHARACTERS_MAX} characters of JSON, which is what outputs hold (record 2). ` +
        "Use `outputType: STORE`, which puts them into a file.",
    );
  });

  test("a kill ends the work", async () => {
    await using world = createTestWorld({ signal: AbortSignal.abort(new Error("killed")) });
    expect((await world.run(filter, { from: [{ a: 1 }], where })).message).toBe("killed");
  });
});
