import { dynamic, exactInteger, parseJsonValue, TaskFailure } from "@capstan/sdk";
import { z } from "zod";

const SERDES = [
  "STRING",
  "INTEGER",
  "FLOAT",
  "DOUBLE",
  "LONG",
  "SHORT",
  "BYTE_ARRAY",
  "BYTE_BUFFER",
  "BYTES",
  "UUID",
  "VOID",
  "AVRO",
  "JSON",
  "PROTOBUF",
] as const;
export type Serde = (typeof SERDES)[number];

/** How keys or values are written or read. */
export const serde = (what: string) =>
  dynamic(z.enum(SERDES))
    .default("STRING")
    .describe(
      `What ${what} are: STRING, JSON, INTEGER (4 bytes), LONG (8), SHORT (2), FLOAT, DOUBLE, UUID, VOID (nothing), or BYTES, BYTE_ARRAY ` +
        "and BYTE_BUFFER (as Base64). AVRO and PROTOBUF are not supported yet. Default: STRING.",
    );

interface Codec {
  readonly write: (value: unknown) => Buffer;
  readonly read: (bytes: Buffer) => unknown;
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/u;

const text: Codec = {
  write: (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
  read: (bytes) => bytes.toString(),
};
const json: Codec = {
  write: (value) => Buffer.from(JSON.stringify(value)),
  read: (bytes) => parseJsonValue(bytes.toString()),
};
const base64: Codec = {
  write(value) {
    const given = String(value);
    if (!BASE64.test(given)) throw new RangeError("it is no Base64");
    return Buffer.from(given, "base64");
  },
  read: (bytes) => bytes.toString("base64"),
};
const uuid: Codec = {
  write(value) {
    if (!UUID.test(String(value))) throw new RangeError("it is no UUID");
    return Buffer.from(String(value).toLowerCase());
  },
  read(bytes) {
    if (!UUID.test(bytes.toString())) throw new RangeError("it is no UUID");
    return bytes.toString();
  },
};
const nothing: Codec = {
  write() {
    throw new RangeError("VOID holds nothing");
  },
  read() {
    throw new RangeError("it is not empty");
  },
};

const CODECS: Partial<Record<Serde, Codec>> = {
  STRING: text,
  JSON: json,
  BYTES: base64,
  BYTE_ARRAY: base64,
  BYTE_BUFFER: base64,
  UUID: uuid,
  VOID: nothing,
  SHORT: whole(2),
  INTEGER: whole(4),
  FLOAT: fraction(4),
  DOUBLE: fraction(8),
  LONG: {
    write(value) {
      if (!/^-?\d{1,19}$/u.test(String(value))) throw new RangeError("it is no whole number");
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(BigInt(String(value)));
      return bytes;
    },
    read(bytes) {
      checkSize(bytes, 8);
      return exactInteger(bytes.readBigInt64BE());
    },
  },
};

function whole(size: 2 | 4): Codec {
  return {
    write(value) {
      if (!Number.isInteger(numberOf(value))) throw new RangeError("it is no whole number");
      const bytes = Buffer.alloc(size);
      bytes.writeIntBE(numberOf(value), 0, size);
      return bytes;
    },
    read(bytes) {
      checkSize(bytes, size);
      return bytes.readIntBE(0, size);
    },
  };
}

function fraction(size: 4 | 8): Codec {
  return {
    write(value) {
      if (!Number.isFinite(numberOf(value))) throw new RangeError("it is no number");
      const bytes = Buffer.alloc(size);
      if (size === 4) bytes.writeFloatBE(numberOf(value));
      else bytes.writeDoubleBE(numberOf(value));
      return bytes;
    },
    read(bytes) {
      checkSize(bytes, size);
      return size === 4 ? bytes.readFloatBE() : bytes.readDoubleBE();
    },
  };
}

function numberOf(value: unknown): number {
  return typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
}

function checkSize(bytes: Buffer, size: number): void {
  if (bytes.length !== size) throw new RangeError(`it has ${bytes.length} bytes, and not ${size}`);
}

/** The bytes of a key or value (`what`); nothing where it is nothing. Throws `TaskFailure` when it is not of this kind. */
export function written(value: unknown, kind: Serde, what: string): Buffer | undefined {
  const { write } = codecOf(kind);
  if (value === null || value === undefined) return undefined;
  try {
    return write(value);
  } catch (error) {
    throw new TaskFailure(`A ${what} can't be written as ${kind}: ${(error as Error).message}.`, { cause: error });
  }
}

/** The value of bytes, null for none. Throws an error that says why they are not of this kind. */
export function readValue(bytes: Buffer | null, kind: Serde): unknown {
  return bytes === null ? null : codecOf(kind).read(bytes);
}

/** Throws `TaskFailure` for kinds that can't be used, before anything is read or written. */
export function checkSerdes(...kinds: readonly Serde[]): void {
  for (const kind of kinds) codecOf(kind);
}

function codecOf(kind: Serde): Codec {
  const codec = CODECS[kind];
  if (codec === undefined)
    throw new TaskFailure(
      `${kind} needs a schema registry, which is not supported yet. Take BYTES for the bytes as they are, as Base64.`,
    );
  return codec;
}
