import { expect, test } from "vitest";
import { batchesOf } from "./batches.ts";
import { type Columns, MOVED_TABLES } from "./moved-rows.ts";
import { BATCH_CHARACTERS_MAX, BATCH_ROWS_MAX } from "./transfer.ts";

const DOCUMENTS = MOVED_TABLES.find(({ name }) => name === "documents")!;

/** Documents whose rows take so many characters. */
function documents(sizes: readonly number[]): readonly Columns[] {
  const [tenant, kind, updatedAt] = ["t", "k", 1];
  return sizes.map((size, number) => {
    const row = { tenant, kind, id: String(number).padStart(6, "0"), updated_at: updatedAt };
    // A number counts as eight, and the body has quotes.
    const body = JSON.stringify("x".repeat(size - 1 - 1 - 6 - 8 - 2));
    return { ...row, body };
  });
}

const sizesOf = (sizes: readonly number[]) => [...batchesOf(DOCUMENTS, documents(sizes))].map((batch) => batch.length);

test("a batch has as many rows as may be in memory", () => {
  expect(sizesOf(Array.from({ length: BATCH_ROWS_MAX }, () => 50))).toEqual([BATCH_ROWS_MAX]);
  expect(sizesOf(Array.from({ length: BATCH_ROWS_MAX + 1 }, () => 50))).toEqual([BATCH_ROWS_MAX, 1]);
});

test("a batch ends with the row that makes it as large as may be in memory", () => {
  const half = BATCH_CHARACTERS_MAX / 2;
  expect(sizesOf([half, half, half])).toEqual([2, 1]);
  expect(sizesOf([half, half - 1, half, half])).toEqual([3, 1]);
  expect(sizesOf([BATCH_CHARACTERS_MAX, 50])).toEqual([1, 1]);
});

test("a row has its name, its size and its number", () => {
  const [[row] = []] = batchesOf(DOCUMENTS, documents([100]));
  expect(row).toMatchObject({ name: "documents t/k/000000", size: 100 });
});
