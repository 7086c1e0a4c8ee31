import { expect, test } from "vitest";
import { createMemoryFiles } from "../test-kit/memory-files.ts";
import { deliverRows, FETCHED_CHARACTERS_MAX, type FetchType } from "./deliver-rows.ts";
import { readRecords } from "./records.ts";

/** A source of rows that tells how many were taken, and whether it was told to end. */
function source(rows: Iterable<unknown>) {
  const told = { taken: 0, ended: false };
  async function* give() {
    try {
      for (const row of rows) {
        told.taken += 1;
        yield row;
      }
    } finally {
      told.ended = true;
    }
  }
  return { rows: give(), told };
}

const ROWS = [{ a: 1 }, { a: "line\nbreak" }, { a: null }];
const FILE = { name: "rows.ion" };

async function delivered(rows: Iterable<unknown>, how: FetchType) {
  const files = createMemoryFiles("flow/task");
  const { rows: given, told } = source(rows);
  return { files, told, outputs: await deliverRows(given, how, files, FILE.name) };
}

test.each([
  ["FETCH", ROWS, { rows: ROWS, size: 3 }],
  ["FETCH", [], { rows: [], size: 0 }],
  ["FETCH_ONE", ROWS, { row: { a: 1 }, size: 1 }],
  ["FETCH_ONE", [], { size: 0 }],
  ["NONE", ROWS, { size: 3 }],
] as const)("%s makes outputs of %j", async (how, rows, outputs) => {
  expect((await delivered(rows, how)).outputs).toEqual(outputs);
});

test("stored rows are a file of records", async () => {
  const { files, outputs } = await delivered(ROWS, "STORE");
  expect(outputs).toEqual({ uri: expect.stringMatching(/rows\.ion$/), size: 3 });
  const records = await Array.fromAsync(readRecords(await files.read(outputs.uri!)));
  expect(records.map(({ value }) => value)).toEqual(ROWS);
});

test("a file of no rows is stored as well", async () => {
  const { files, outputs } = await delivered([], "STORE");
  expect(await files.text(outputs.uri!)).toBe("");
});

test("after the first row the source is told to end", async () => {
  expect((await delivered(ROWS, "FETCH_ONE")).told).toEqual({ taken: 1, ended: true });
});

test("rows are fetched up to what outputs hold, and no further", async () => {
  const fitting = "x".repeat(FETCHED_CHARACTERS_MAX - 3);
  expect((await delivered([fitting], "FETCH")).outputs.size).toBe(1);
  const { rows, told } = source([fitting, 1, 2]);
  await expect(deliverRows(rows, "FETCH", createMemoryFiles("flow/task"))).rejects.toThrow(
    `The rows are more than ${FETCHED_CHARACTERS_MAX} characters of JSON, which is what outputs hold (row 2). Use \`fetchType: STORE\``,
  );
  expect(told).toEqual({ taken: 2, ended: true });
});
