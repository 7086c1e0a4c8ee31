import type { WireType } from "./wire-types.ts";

/** Parts of answers: [MS-TDS] 2.2.7. */

export interface WireColumn {
  readonly name: string;
  readonly type: WireType;
}

const NULLABLE = 1;

/** A text whose length is one byte. */
export function varText(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "utf16le")]);
}

/** A text whose length is two bytes. */
function longText(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([length, Buffer.from(text, "utf16le")]);
}

export function columnMetadata(columns: readonly WireColumn[]): Buffer {
  const head = Buffer.from([0x81, 0, 0]);
  head.writeUInt16LE(columns.length, 1);
  const parts = columns.flatMap(({ name, type }) => [
    Buffer.from([0, 0, 0, 0, NULLABLE, 0]),
    type.info,
    ...(type.hasTable === true ? [Buffer.from([1]), longText("orders")] : []),
    varText(name),
  ]);
  return Buffer.concat([head, ...parts]);
}

/** A row; one with a null says in front which columns are. */
export function row(columns: readonly WireColumn[], values: readonly unknown[]): Buffer {
  const encoded = columns.flatMap(({ type }, index) => (values[index] === null ? [] : [type.encode(values[index])]));
  if (!values.includes(null)) return Buffer.concat([Buffer.from([0xd1]), ...encoded]);
  const nulls = Buffer.alloc(Math.ceil(columns.length / 8));
  for (const [index, value] of values.entries()) if (value === null) nulls[index >> 3]! |= 1 << (index & 7);
  return Buffer.concat([Buffer.from([0xd2]), nulls, ...encoded]);
}

export const DONE = { more: 1, error: 2, count: 0x10, attention: 0x20 };

/** The end of a statement, of one within a procedure, or of the procedure. */
export function done(token: "statement" | "inProcedure" | "procedure", status: number, count = 0): Buffer {
  const bytes = Buffer.alloc(13);
  bytes[0] = { statement: 0xfd, inProcedure: 0xff, procedure: 0xfe }[token];
  bytes.writeUInt16LE(status, 1);
  bytes.writeBigUInt64LE(BigInt(count), 5);
  return bytes;
}

/** What a procedure returns. */
export function returnStatus(status: number): Buffer {
  const bytes = Buffer.from([0x79, 0, 0, 0, 0]);
  bytes.writeInt32LE(status, 1);
  return bytes;
}

/** A refusal, or a note. */
export function message(kind: "error" | "info", number: number, text: string): Buffer {
  const state = Buffer.alloc(6);
  state.writeInt32LE(number, 0);
  state[4] = 1;
  state[5] = kind === "error" ? 16 : 0;
  const line = Buffer.from([1, 0, 0, 0]);
  const body = Buffer.concat([state, longText(text), varText("standin"), varText(""), line]);
  const head = Buffer.from([kind === "error" ? 0xaa : 0xab, 0, 0]);
  head.writeUInt16LE(body.length, 1);
  return Buffer.concat([head, body]);
}

export const CHANGE = { database: 1, packetBytes: 4, collation: 7, begin: 8, commit: 9, rollback: 10 };

/** A change of the session: of texts, or of bytes. */
export function environmentChange(kind: number, to: string | Buffer, from: string | Buffer): Buffer {
  const part = (value: string | Buffer) =>
    typeof value === "string" ? varText(value) : Buffer.concat([Buffer.from([value.length]), value]);
  const body = Buffer.concat([Buffer.from([kind]), part(to), part(from)]);
  const head = Buffer.from([0xe3, 0, 0]);
  head.writeUInt16LE(body.length, 1);
  return Buffer.concat([head, body]);
}
