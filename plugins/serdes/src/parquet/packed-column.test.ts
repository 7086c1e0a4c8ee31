import { expect, test } from "vitest";
import { PACKED_AT_ONCE, packedColumn } from "./packed-column.ts";

const VALUES = [
  null,
  true,
  1.5,
  2n ** 60n,
  "é",
  Buffer.from("hi"),
  [1, null],
  { x: { y: "z" } },
  [{ key: "k", value: 1n }],
];

test.each([0, 1, PACKED_AT_ONCE - 1, PACKED_AT_ONCE, 2 * PACKED_AT_ONCE + 1])(
  "%i values come back in their order",
  (count) => {
    const column = packedColumn("a");
    const values = Array.from({ length: count }, (_, index) => VALUES[index % VALUES.length] ?? null);
    for (const value of values) column.push(value);
    const plain = (all: ArrayLike<unknown>) =>
      Array.from(all, (value) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value));
    expect(plain(column.data)).toEqual(plain(values));
  },
);
