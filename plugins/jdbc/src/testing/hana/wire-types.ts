import { decodeText, encodeText } from "./cesu.ts";

/** Columns as the protocol writes them. */
export interface WireType {
  readonly code: number;
  /** Digits behind the point. */
  readonly scale?: number;
  readonly encode: (value: unknown) => Buffer;
}

export interface WireColumn {
  readonly name: string;
  readonly type: WireType;
}

function bytesOf(length: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(length);
  write(bytes);
  return bytes;
}

const NULL = Buffer.from([0]);
const nullable = (code: number, write: (value: unknown) => Buffer): WireType => ({
  code,
  encode: (value) => (value === null ? NULL : Buffer.concat([Buffer.from([1]), write(value)])),
});

export const TINYINT = nullable(1, (value) => Buffer.from([Number(value)]));
export const SMALLINT = nullable(2, (value) => bytesOf(2, (bytes) => bytes.writeInt16LE(Number(value))));
export const INT = nullable(3, (value) => bytesOf(4, (bytes) => bytes.writeInt32LE(Number(value))));
export const BIGINT = nullable(4, (value) => bytesOf(8, (bytes) => bytes.writeBigInt64LE(BigInt(value as string))));
/** All bits are null. */
export const REAL: WireType = {
  code: 6,
  encode: (value) =>
    value === null ? Buffer.alloc(4, 0xff) : bytesOf(4, (bytes) => bytes.writeFloatLE(value as number)),
};
export const DOUBLE: WireType = {
  code: 7,
  encode: (value) =>
    value === null ? Buffer.alloc(8, 0xff) : bytesOf(8, (bytes) => bytes.writeDoubleLE(value as number)),
};
export const BOOLEAN: WireType = {
  code: 28,
  encode: (value) => Buffer.from([value === null ? 1 : value === true ? 2 : 0]),
};

const EXPONENT_BIAS = 6_176;
const FLOATING_SCALE = 32_767;

/** 113 bits of digits, 14 of an exponent, and a sign. */
export function decimalBytes(digits: string): Buffer {
  const [before = "", after = ""] = digits.replace("-", "").split(".");
  const sign = digits.startsWith("-") ? 1n << 127n : 0n;
  const exponent = BigInt(EXPONENT_BIAS - after.length) << 113n;
  const whole = sign | exponent | BigInt(before + after);
  return bytesOf(16, (bytes) => {
    bytes.writeBigUInt64LE(whole & 0xffffffffffffffffn, 0);
    bytes.writeBigUInt64LE(whole >> 64n, 8);
  });
}

export function decimalDigits(bytes: Buffer): string {
  const whole = (bytes.readBigUInt64LE(8) << 64n) | bytes.readBigUInt64LE(0);
  const exponent = Number((whole >> 113n) & 0x3fffn) - EXPONENT_BIAS;
  const digits = String(whole & ((1n << 113n) - 1n));
  const sign = whole >> 127n === 1n ? "-" : "";
  if (exponent >= 0) return sign + digits + "0".repeat(exponent);
  const padded = digits.padStart(1 - exponent, "0");
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

const NULL_DECIMAL = bytesOf(16, (bytes) => void (bytes[15] = 0x70));

/** A DECIMAL; without a scale, one whose point floats. */
export const decimal = (scale = FLOATING_SCALE): WireType => ({
  code: 5,
  scale,
  encode: (value) => (value === null ? NULL_DECIMAL : decimalBytes(String(value))),
});

/** A length of one byte, of three or of five. */
function withLength(bytes: Buffer): Buffer {
  if (bytes.length <= 245) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const head = Buffer.alloc(bytes.length <= 32_767 ? 3 : 5);
  head[0] = head.length === 3 ? 246 : 247;
  if (head.length === 3) head.writeInt16LE(bytes.length, 1);
  else head.writeInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const text = (code: number): WireType => ({
  code,
  encode: (value) => (value === null ? Buffer.from([255]) : withLength(encodeText(String(value)))),
});
export const NVARCHAR = text(11);
export const VARCHAR = text(9);
export const CHAR = text(8);
export const VARBINARY: WireType = {
  code: 13,
  encode: (value) => (value === null ? Buffer.from([255]) : withLength(value as Buffer)),
};

/** The highest bit is set where there is a value. */
function dateBytes(date: string): Buffer {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  return Buffer.from([year & 0xff, (year >> 8) | 0x80, month - 1, day]);
}

function timeBytes(time: string): Buffer {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(":").map(Number);
  return bytesOf(4, (bytes) => {
    bytes[0] = hours | 0x80;
    bytes[1] = minutes;
    bytes.writeUInt16LE(Math.round(seconds * 1000), 2);
  });
}

export const DATE: WireType = {
  code: 14,
  encode: (value) => (value === null ? Buffer.alloc(4) : dateBytes(String(value))),
};
export const TIME: WireType = {
  code: 15,
  encode: (value) => (value === null ? Buffer.alloc(4) : timeBytes(String(value))),
};
export const TIMESTAMP: WireType = {
  code: 16,
  encode: (value) => {
    const [date = "", time = ""] = String(value).split(" ");
    return value === null ? Buffer.alloc(8) : Buffer.concat([dateBytes(date), timeBytes(time)]);
  },
};

/** A long value, of which only so many bytes come with the row. */
export const lob = (code: number, place: bigint, first: number): WireType => ({
  code,
  encode: (value) => {
    if (value === null) return Buffer.from([0, 1]);
    const bytes = value as Buffer;
    const chunk = bytes.subarray(0, first);
    const isWhole = chunk.length === bytes.length;
    const head = Buffer.alloc(32);
    head[1] = isWhole ? 6 : 2;
    head.writeBigInt64LE(BigInt(decodeText(bytes).length), 4);
    head.writeBigInt64LE(BigInt(bytes.length), 12);
    head.writeBigInt64LE(place, 20);
    head.writeInt32LE(chunk.length, 28);
    return Buffer.concat([head, chunk]);
  },
});
