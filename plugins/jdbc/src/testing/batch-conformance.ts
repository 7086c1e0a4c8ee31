import type { JsonMap } from "@capstan/sdk";
import type { TestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { type DriverUnderTest, startTable } from "./driver-world.ts";

const rowsFile = (world: TestWorld, rows: readonly unknown[]) =>
  world.files.seed("kestra:///rows.ion", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
const FIVE = [1, 2, 3, 4, 5].map((id) => ({ note: `n'${id}`, id, state: null }));

type RowCase = readonly [name: string, properties: JsonMap, rows: readonly unknown[]];
const PLACES: readonly RowCase[] = [
  ["lists by their position", {}, [[1, "s", "n"]]],
  ["lists by `columns`", { columns: ["note", "id", "state"] }, [["n", 1, "s"]]],
  ["maps by `columns`", { columns: ["id", "note", "state"] }, [{ id: 1, note: "n", state: "s", more: 5 }]],
];
/** Of statements that are sent with the values in them. */
const WITH_CONSTANTS: readonly RowCase[] = [
  ["lists by `sql`", { sql: "INSERT INTO orders (id, note, state) VALUES (?, ?, 's')" }, [[1, "n"]]],
  [
    "maps by `sql` and `columns`",
    { sql: "INSERT INTO orders (note, id, state) VALUES (?, ?, '?s')", columns: ["note", "id"] },
    [{ id: 1, note: "n" }],
  ],
];

/** What every driver that loads files does alike. */
export function testBatch(driver: DriverUnderTest): void {
  testRows(driver, "Batch");
  testRefusals(driver);
}

/** What every driver that loads files does alike, with transactions or without. */
export function testRows(driver: DriverUnderTest, kind: "Batch" | "BulkInsert"): void {
  test.each([1, 2, 5, 1000])("maps go into the columns of the table, %s at a time", async (chunk) => {
    const { world, run, table, content } = await startTable(driver);
    await using _ = world;
    const outcome = await run(kind, { from: rowsFile(world, FIVE), table, chunk });
    expect(outcome).toEqual({ state: "SUCCESS", outputs: { rowCount: 5, updatedCount: 5 }, message: undefined });
    expect(await content()).toEqual(FIVE);
  });

  const statements = kind === "Batch" ? WITH_CONSTANTS : [];
  test.each([...PLACES, ...statements])("rows that are %s are bound", async (_name, properties, rows) => {
    const { world, run, table, content } = await startTable(driver);
    await using _ = world;
    const { sql } = properties as { sql?: string };
    const what = sql === undefined ? { table } : { sql: sql.replace("orders", table) };
    const outcome = await run(kind, { from: rowsFile(world, rows), ...properties, ...what });
    expect(outcome.message).toBeUndefined();
    expect(outcome.outputs).toEqual({ rowCount: 1, updatedCount: 1 });
    expect((await content()).map((row) => ({ ...row, state: String(row["state"]).replace("?", "") }))).toEqual([
      { id: 1, state: "s", note: "n" },
    ]);
  });
}

function testRefusals(driver: DriverUnderTest): void {
  test.each([
    [[{ id: 1 }, { id: 1 }], /^The database refuses it: /],
    [
      [
        [1, "a", "b"],
        [2, "a"],
      ],
      "Row 2 has 2 values, and the statement takes 3.",
    ],
    [[{ id: 1 }, 5], "Row 2 is neither a list of values nor a map."],
    [[{ id: 1 }, { x: 1 }], "Row 2 has none of the columns id, state, note. Its keys are x."],
  ])("of %j none goes in", async (rows, message) => {
    const { world, run, table, content } = await startTable(driver);
    await using _ = world;
    const outcome = await run("Batch", { from: rowsFile(world, rows), table, chunk: 1 });
    expect(outcome.state).toBe("FAILED");
    expect(outcome.message).toMatch(message);
    expect(await content()).toEqual([]);
  });

  test.each([
    [{ table: "orders; DROP TABLE orders" }, /is no name of a table/],
    [{}, "There is no table to load into: give `table`, or `sql`."],
    [{ table: "x", from: "kestra:///none" }, "The file kestra:///none does not exist. Check where its URI comes from."],
    [
      { table: "x", inputHandling: "LOCAL", localBufferMaxBytes: 3 },
      /^The file has 6 bytes, and `localBufferMaxBytes` allows copies of 3\./,
    ],
  ])("a load with %j is refused", async (properties, message) => {
    const { world, run } = await startTable(driver);
    await using _ = world;
    const outcome = await run("Batch", { from: rowsFile(world, [[1, 2]]), ...properties });
    expect(outcome.state).toBe("FAILED");
    expect(outcome.message).toMatch(message);
  });

  test("a file without rows is loaded", async () => {
    const { world, run, table } = await startTable(driver);
    await using _ = world;
    const { outputs } = await run("Batch", { from: rowsFile(world, []), table });
    expect(outputs).toEqual({ rowCount: 0, updatedCount: 0 });
  });

  test("more values than a statement takes go in several", async () => {
    const { world, run, table } = await startTable(driver);
    await using _ = world;
    const rows = Array.from({ length: 30_000 }, (_item, index) => [index, "s", "n"]);
    const { outputs, message } = await run("Batch", { from: rowsFile(world, rows), table, chunk: 30_000 });
    expect(message).toBeUndefined();
    expect(outputs).toEqual({ rowCount: 30_000, updatedCount: 30_000 });
  });
}
