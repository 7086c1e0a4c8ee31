/** Types of columns as the protocol writes them, and their values: [MS-TDS] 2.2.5.4 and 2.2.5.5. */
export interface WireType {
  readonly info: Buffer;
  /** A value that is not null, in the form that `row` writes it. */
  readonly encode: (value: unknown) => Buffer;
  /** Types of old have the name of a table. */
  readonly hasTable?: boolean;
}

/** English of Windows, of the code page 1252. */
const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);
const MAX = 0xffff;

const sized = (type: number, write: (value: unknown) => Buffer, ...info: readonly number[]): WireType => ({
  info: Buffer.from([type, ...info]),
  encode: (value) => {
    const bytes = write(value);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  },
});

const fixed = (type: number, write: (value: unknown) => Buffer): WireType => ({
  info: Buffer.from([type]),
  encode: write,
});

function bytesOf(length: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(length);
  write(bytes);
  return bytes;
}

const integer = (length: number) => (value: unknown) =>
  bytesOf(length, (bytes) =>
    length === 8 ? bytes.writeBigInt64LE(BigInt(value as number)) : bytes.writeIntLE(Number(value), 0, length),
  );
const tiny = (value: unknown) => Buffer.from([Number(value)]);
const single = (value: unknown) => bytesOf(4, (bytes) => bytes.writeFloatLE(value as number));
const double = (value: unknown) => bytesOf(8, (bytes) => bytes.writeDoubleLE(value as number));

export const INT = sized(0x26, integer(4), 4);
export const BIGINT = sized(0x26, integer(8), 8);
export const SMALLINT = sized(0x26, integer(2), 2);
export const TINYINT = sized(0x26, tiny, 1);
/** As in columns that are never null. */
export const FIXED_INT = fixed(0x38, integer(4));
export const FIXED_BIGINT = fixed(0x7f, integer(8));
export const FIXED_REAL = fixed(0x3b, single);
export const FIXED_MONEY = fixed(0x3c, (value) => moneyBytes(String(value), 8));
export const BIT = sized(0x68, (value) => Buffer.from([value === true ? 1 : 0]), 1);
export const REAL = sized(0x6d, single, 4);
export const FLOAT = sized(0x6d, double, 8);
export const MONEY = sized(0x6e, (value) => moneyBytes(String(value), 8), 8);
export const SMALLMONEY = sized(0x6e, (value) => moneyBytes(String(value), 4), 4);
export const GUID = sized(0x24, (value) => value as Buffer, 16);

/** Digits as the whole number that they are without their point. */
function whole(digits: string, scale: number): bigint {
  const [before = "", after = ""] = digits.split(".");
  return BigInt(before + after.padEnd(scale, "0"));
}

function moneyBytes(digits: string, length: 4 | 8): Buffer {
  const value = whole(digits, 4);
  return bytesOf(length, (bytes) => {
    if (length === 8) bytes.writeInt32LE(Number(value >> 32n), 0);
    bytes.writeUInt32LE(Number(value & 0xffffffffn), length - 4);
  });
}

/** A sign, and as many bytes as the precision needs, the lowest first. */
export function decimalBytes(digits: string, precision: number, scale: number): Buffer {
  const value = whole(digits, scale);
  const length = precision <= 9 ? 4 : precision <= 19 ? 8 : precision <= 28 ? 12 : 16;
  const hex = (value < 0n ? -value : value).toString(16).padStart(length * 2, "0");
  return Buffer.from([value < 0n ? 0 : 1, ...Buffer.from(hex, "hex").toReversed()]);
}

export const decimal = (precision: number, scale: number, type = 0x6a) =>
  sized(type, (value) => decimalBytes(String(value), precision, scale), 17, precision, scale);

/** Days from the year 1 on. */
function dayBytes(date: string): Buffer {
  const days = Date.parse(`${date}T00:00:00Z`) / 86_400_000 + 719_162;
  return bytesOf(3, (bytes) => bytes.writeUIntLE(days, 0, 3));
}

/** Parts of seconds since midnight, of which a second has as many as `scale` says. */
function clockBytes(time: string, scale: number): Buffer {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(":").map(Number);
  const parts = Math.round((hours * 3600 + minutes * 60 + seconds) * 10 ** scale);
  const length = scale <= 2 ? 3 : scale <= 4 ? 4 : 5;
  return bytesOf(length, (bytes) => bytes.writeUIntLE(parts, 0, length));
}

const dayAndClock = (text: string, scale: number) => {
  const [date = "", time = ""] = text.split(" ");
  return Buffer.concat([clockBytes(time, scale), dayBytes(date)]);
};

export const DATE = sized(0x28, (value) => dayBytes(String(value)));
export const time = (scale: number) => sized(0x29, (value) => clockBytes(String(value), scale), scale);
export const datetime2 = (scale: number) => sized(0x2a, (value) => dayAndClock(String(value), scale), scale);
/** Of UTC, and by how many minutes the clock differs. */
export const datetimeoffset = (scale: number, minutes: number) =>
  sized(
    0x2b,
    (value) => Buffer.concat([dayAndClock(String(value), scale), bytesOf(2, (bytes) => bytes.writeInt16LE(minutes))]),
    scale,
  );
/** Days from 1900 on, and parts of seconds of which 300 are one. */
export const DATETIME = sized(0x6f, (value) => daysSince1900(String(value), 8), 8);
/** Days from 1900 on, and minutes. */
export const SMALLDATETIME = sized(0x6f, (value) => daysSince1900(String(value), 4), 4);

function daysSince1900(text: string, length: 4 | 8): Buffer {
  const ms = Date.parse(`${text.replace(" ", "T")}Z`) - Date.UTC(1900, 0, 1);
  const days = Math.floor(ms / 86_400_000);
  const rest = ms - days * 86_400_000;
  return bytesOf(length, (bytes) => {
    if (length === 4) bytes.writeUInt16LE(days);
    else bytes.writeInt32LE(days);
    bytes.writeUIntLE(length === 4 ? rest / 60_000 : Math.round((rest * 3) / 10), length / 2, length / 2);
  });
}

const short = (length: number) => [length & 0xff, length >> 8];

const lengthFirst = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from(short(bytes.length)), bytes]);

/** Bytes in pieces, of which the length is not told before. */
function inPieces(bytes: Buffer): Buffer {
  const half = Math.ceil(bytes.length / 4) * 2; // No character of two bytes is parted.
  const pieces = [bytes.subarray(0, half), bytes.subarray(half)].filter((piece) => piece.length > 0);
  const unknownLength = Buffer.from("feffffffffffffff", "hex");
  const parts = pieces.flatMap((piece) => [bytesOf(4, (length) => length.writeUInt32LE(piece.length)), piece]);
  return Buffer.concat([unknownLength, ...parts, Buffer.alloc(4)]);
}

const utf16 = (value: unknown) => Buffer.from(String(value), "utf16le");
const latin = (value: unknown) => Buffer.from(value as Uint8Array);

export const nvarchar = (length: number): WireType => ({
  info: Buffer.concat([Buffer.from([0xe7, ...short(length * 2)]), COLLATION]),
  encode: (value) => lengthFirst(utf16(value)),
});
export const NVARCHAR_MAX: WireType = {
  info: Buffer.concat([Buffer.from([0xe7, ...short(MAX)]), COLLATION]),
  encode: (value) => inPieces(utf16(value)),
};
/** Values are bytes of the code page. */
export const varchar = (length: number, type = 0xa7): WireType => ({
  info: Buffer.concat([Buffer.from([type, ...short(length)]), COLLATION]),
  encode: (value) => lengthFirst(latin(value)),
});
export const varbinary = (length: number, type = 0xa5): WireType => ({
  info: Buffer.from([type, ...short(length)]),
  encode: (value) => lengthFirst(value as Buffer),
});
export const VARBINARY_MAX: WireType = {
  info: Buffer.from([0xa5, ...short(MAX)]),
  encode: (value) => inPieces(value as Buffer),
};
export const XML: WireType = { info: Buffer.from([0xf1, 0]), encode: (value) => inPieces(utf16(value)) };

/** Types that newer ones took the place of: a pointer and a time before the value. */
const ofOld = (type: number, write: (value: unknown) => Buffer, collation = Buffer.alloc(0)): WireType => ({
  info: Buffer.concat([Buffer.from([type, 0xff, 0xff, 0xff, 0x7f]), collation]),
  hasTable: true,
  encode: (value) => {
    const bytes = write(value);
    const length = bytesOf(4, (written) => written.writeUInt32LE(bytes.length));
    return Buffer.concat([Buffer.from([16]), Buffer.alloc(16), Buffer.alloc(8), length, bytes]);
  },
});
export const TEXT = ofOld(0x23, latin, COLLATION);
export const NTEXT = ofOld(0x63, utf16, COLLATION);
export const IMAGE = ofOld(0x22, (value) => value as Buffer);

/** A value with its own type: `[type, properties, bytes]`. */
export const VARIANT: WireType = {
  info: Buffer.from([0x62, 0x49, 0x1f, 0, 0]),
  encode: (value) => {
    const [type, properties, bytes] = value as readonly [number, readonly number[], Buffer];
    const body = Buffer.concat([Buffer.from([type, properties.length, ...properties]), bytes]);
    return Buffer.concat([bytesOf(4, (length) => length.writeUInt32LE(body.length)), body]);
  },
};
