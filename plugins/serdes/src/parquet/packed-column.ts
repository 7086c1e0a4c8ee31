import { deserialize, serialize } from "node:v8";
import type { ColumnSource } from "hyparquet-writer";

/** Values that are packed at once: few enough to be gone before the garbage collector takes them for lasting ones. */
export const PACKED_AT_ONCE = 1_000;

/** A column of a group of rows, of which only the last values are objects. */
export interface PackedColumn extends ColumnSource {
  push(value: unknown): void;
}

/**
 * Collects the values of a column outside of the heap. As objects they would live as long as their group, and the heap would grow to
 * several groups of them before it is collected. `data` is all of them again, made anew at each look.
 */
export function packedColumn(name: string): PackedColumn {
  const packed: Buffer[] = [];
  let values: unknown[] = [];
  return {
    name,
    push: (value) => {
      values.push(value);
      if (values.length < PACKED_AT_ONCE) return;
      packed.push(serialize(values));
      values = [];
    },
    get data() {
      const all: unknown[] = [];
      for (const piece of packed) all.push(...(deserialize(piece) as unknown[]));
      all.push(...values);
      return all;
    },
  };
}
