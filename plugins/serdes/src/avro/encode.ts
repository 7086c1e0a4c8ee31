import type { AvroType } from "./schema.ts";
import type { TypedValue, UnionValue } from "./typed-value.ts";

/** Bytes that grow. */
export interface ByteSink {
  append(bytes: Uint8Array): void;
  long(value: bigint | number): void;
  /** Bytes behind their length. */
  sized(bytes: Uint8Array): void;
  length(): number;
  /** The bytes so far; the sink is empty again. */
  take(): Buffer;
}

const INITIAL_BYTES = 65_536;

export function createByteSink(): ByteSink {
  let buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  let length = 0;
  const reserve = (count: number) => {
    if (length + count <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + count));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  };
  const sink: ByteSink = {
    append(bytes) {
      reserve(bytes.length);
      buffer.set(bytes, length);
      length += bytes.length;
    },
    long(value) {
      reserve(10);
      if (typeof value === "number" && value >= -0x4000_0000 && value < 0x4000_0000) {
        let rest = (value << 1) ^ (value >> 31);
        for (; rest > 0x7f; rest >>>= 7) buffer[length++] = (rest & 0x7f) | 0x80;
        buffer[length++] = rest;
        return;
      }
      const whole = BigInt(value);
      let rest = BigInt.asUintN(64, (whole << 1n) ^ (whole >> 63n));
      for (; rest > 0x7fn; rest >>= 7n) buffer[length++] = Number(rest & 0x7fn) | 0x80;
      buffer[length++] = Number(rest);
    },
    sized(bytes) {
      sink.long(bytes.length);
      sink.append(bytes);
    },
    length: () => length,
    take() {
      const taken = Buffer.from(buffer.subarray(0, length));
      length = 0;
      return taken;
    },
  };
  return sink;
}

/** Writes a value in Avro's binary form. The value is of the type. */
export function encode(type: AvroType, value: TypedValue, sink: ByteSink): void {
  switch (type.kind) {
    case "null":
      return;
    case "boolean":
      return sink.append(Uint8Array.of(value === true ? 1 : 0));
    case "int":
    case "long":
      return sink.long(value as number | bigint);
    case "float":
      return sink.append(new Uint8Array(Float32Array.of(value as number).buffer));
    case "double":
      return sink.append(new Uint8Array(Float64Array.of(value as number).buffer));
    case "string":
      return sink.sized(Buffer.from(value as string));
    case "bytes":
      return sink.sized(value as Uint8Array);
    case "fixed":
      return sink.append(value as Uint8Array);
    case "enum":
      return sink.long(type.symbols.indexOf(value as string));
    case "array":
      return encodeBlock(value as readonly TypedValue[], sink, (item) => encode(type.items, item, sink));
    case "map":
      return encodeBlock([...(value as ReadonlyMap<string, TypedValue>)], sink, ([key, item]) => {
        sink.sized(Buffer.from(key));
        encode(type.values, item, sink);
      });
    case "union": {
      const { branch, type: chosen, value: inner } = value as UnionValue;
      sink.long(branch);
      return encode(chosen, inner, sink);
    }
    case "record": {
      for (const [index, field] of type.fields.entries())
        encode(field.type, (value as readonly TypedValue[])[index] as TypedValue, sink);
      return;
    }
    default:
      return type satisfies never;
  }
}

function encodeBlock<Item>(items: readonly Item[], sink: ByteSink, write: (item: Item) => void): void {
  if (items.length > 0) sink.long(items.length);
  for (const item of items) write(item);
  sink.long(0);
}
