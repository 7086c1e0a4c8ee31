import type { SqlValue } from "../../sql/dialect.ts";
import type { ColumnType } from "./tables.ts";

/** The types of elements, as PostgreSQL numbers them. */
const TEXT_OID = 25;
const INTEGER_OID = 20;
const HEADER_BYTES = 20;
const MISSING = -1;

/**
 * An array in PostgreSQL's binary form: neither side escapes or parses anything. Throws a TypeError for what is neither text,
 * as the type wants it, nor a whole number.
 */
export function binaryArray(type: ColumnType, values: readonly SqlValue[]): Buffer {
  return type === "integer" ? integerArray(values) : textArray(values);
}

function textArray(values: readonly SqlValue[]): Buffer {
  let bytes = HEADER_BYTES;
  const lengths = values.map((value) => (value === null ? MISSING : Buffer.byteLength(value as string)));
  for (const length of lengths) bytes += 4 + Math.max(length, 0);
  const array = headed(bytes, TEXT_OID, values.length);
  let place = HEADER_BYTES;
  for (const [position, length] of lengths.entries()) {
    place = array.writeInt32BE(length, place);
    if (length > 0) place += array.write(values[position] as string, place);
  }
  return array;
}

function integerArray(values: readonly SqlValue[]): Buffer {
  const missing = values.reduce<number>((count, value) => (value === null ? count + 1 : count), 0);
  const array = headed(HEADER_BYTES + 12 * values.length - 8 * missing, INTEGER_OID, values.length);
  let place = HEADER_BYTES;
  for (const value of values) {
    place = array.writeInt32BE(value === null ? MISSING : 8, place);
    if (value === null) continue;
    // Two halves, since a BigInt for each number costs more than the number.
    place = array.writeInt32BE(Math.floor((value as number) / 0x1_0000_0000), place);
    place = array.writeUInt32BE(((value as number) % 0x1_0000_0000) >>> 0, place);
  }
  return array;
}

/** One dimension that may lack elements, counted from 1. */
function headed(bytes: number, elementType: number, count: number): Buffer {
  const array = Buffer.allocUnsafe(bytes);
  let place = array.writeInt32BE(1, 0);
  place = array.writeInt32BE(1, place);
  place = array.writeInt32BE(elementType, place);
  place = array.writeInt32BE(count, place);
  array.writeInt32BE(1, place);
  return array;
}
