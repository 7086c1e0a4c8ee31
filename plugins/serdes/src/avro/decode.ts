import { TaskFailure } from "@capstan/sdk";
import type { AvroType, Decimal, LongLogical } from "./schema.ts";

/** Values within each other. */
const DEPTH_MAX = 200;

/** Bytes of one block, and how far they have been read. */
export interface ByteCursor {
  readonly bytes: Buffer;
  offset: number;
}

// Text that JSON takes as a number; the compiler's library lacks it.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/**
 * Reads a value of a type as JSON data: dates and times are texts in ISO-8601, bytes their base64 text, and numbers keep all of their
 * digits. Throws `TaskFailure` for bytes that are no such value.
 */
export function decode(type: AvroType, cursor: ByteCursor, depth = 0): unknown {
  if (depth > DEPTH_MAX) throw new TaskFailure(`The Avro file has values more than ${DEPTH_MAX} deep.`);
  switch (type.kind) {
    case "null":
      return null;
    case "boolean":
      return takeBytes(cursor, 1)[0] === 1;
    case "int":
      return intOf(Number(takeLong(cursor)), type.logical);
    case "long":
      return longOf(takeLong(cursor), type.logical);
    case "float":
      return takeBytes(cursor, 4).readFloatLE();
    case "double":
      return takeBytes(cursor, 8).readDoubleLE();
    case "string":
      return takeSized(cursor).toString("utf8");
    case "bytes":
      return bytesOf(takeSized(cursor), type.decimal);
    case "fixed":
      return bytesOf(takeBytes(cursor, type.size), type.decimal);
    case "enum":
      return type.symbols[Number(takeLong(cursor))] ?? damaged();
    case "union":
      return decode(type.branches[Number(takeLong(cursor))] ?? damaged(), cursor, depth + 1);
    case "array":
      return takeBlocks(cursor, () => decode(type.items, cursor, depth + 1));
    case "map":
      return Object.fromEntries(
        takeBlocks(cursor, () => [takeSized(cursor).toString("utf8"), decode(type.values, cursor, depth + 1)] as const),
      );
    case "record":
      return Object.fromEntries(type.fields.map(({ name, type }) => [name, decode(type, cursor, depth + 1)]));
    default:
      return type satisfies never;
  }
}

function intOf(value: number, logical: "date" | "time-millis" | undefined): unknown {
  if (logical === "date") return Temporal.PlainDate.from("1970-01-01").add({ days: value }).toString();
  return logical === "time-millis" ? timeText(BigInt(value) * 1_000n) : value;
}

/** How many microseconds, or milliseconds as such, make the text of a time. */
export function longOf(value: bigint, logical: LongLogical | undefined): unknown {
  switch (logical) {
    case undefined:
      return Number.isSafeInteger(Number(value)) ? Number(value) : rawJSON(value.toString());
    case "time-micros":
      return timeText(value);
    case "timestamp-millis":
      return momentText(value * 1_000n);
    case "timestamp-micros":
      return momentText(value);
    case "local-timestamp-millis":
      return momentText(value * 1_000n).replace(/Z$/, "");
    case "local-timestamp-micros":
      return momentText(value).replace(/Z$/, "");
    default:
      return logical satisfies never;
  }
}

/** Text of microseconds since 1970. */
export function momentText(microseconds: bigint): string {
  return Temporal.Instant.fromEpochNanoseconds(microseconds * 1_000n).toString();
}

/** Text of microseconds since midnight. */
export function timeText(microseconds: bigint): string {
  return new Temporal.PlainTime().add({ microseconds: Number(microseconds) }).toString();
}

function bytesOf(bytes: Buffer, decimal: Decimal | undefined): unknown {
  return decimal === undefined ? bytes.toString("base64") : decimalOf(bytes, decimal.scale);
}

/** The number whose digits are a whole number in two's complement, most significant byte first. */
export function decimalOf(bytes: Uint8Array, scale: number): unknown {
  const hex = Buffer.from(bytes).toString("hex");
  return decimalNumber(hex === "" ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)), scale);
}

/** A whole number divided by a power of ten. */
export function decimalNumber(unscaled: bigint, scale: number): unknown {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return rawJSON(`${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}${scale === 0 ? "" : `.${digits.slice(point)}`}`);
}

export function takeLong(cursor: ByteCursor): bigint {
  let low = 0;
  let high = 0n;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = cursor.bytes[cursor.offset] ?? damaged();
    cursor.offset += 1;
    if (shift < 28) low |= (byte & 0x7f) << shift;
    else high |= BigInt(byte & 0x7f) << BigInt(shift);
    if ((byte & 0x80) !== 0) continue;
    const value = BigInt.asUintN(64, BigInt(low) | high);
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
  return damaged();
}

export function takeBytes(cursor: ByteCursor, length: number): Buffer {
  const end = cursor.offset + length;
  if (!(length >= 0 && end <= cursor.bytes.length)) damaged();
  const bytes = cursor.bytes.subarray(cursor.offset, end);
  cursor.offset = end;
  return bytes;
}

export function takeSized(cursor: ByteCursor): Buffer {
  return takeBytes(cursor, Number(takeLong(cursor)));
}

export function takeBlocks<Item>(cursor: ByteCursor, take: () => Item): Item[] {
  const items: Item[] = [];
  for (let count = Number(takeLong(cursor)); count !== 0; count = Number(takeLong(cursor))) {
    // A negative count comes with the size of its block in bytes.
    if (count < 0) takeLong(cursor);
    for (let left = Math.abs(count); left > 0; left -= 1) {
      // Values without bytes must end as well.
      if (items.length > cursor.bytes.length) damaged();
      items.push(take());
    }
  }
  return items;
}

function damaged(): never {
  throw new TaskFailure("The Avro file is damaged: a value goes beyond its block.");
}
