import type { Duplex } from "node:stream";
import { must } from "../must.ts";

/** Messages of the SQL Command Network Protocol of SAP HANA: a packet with one segment of several parts. */

export const PART = {
  command: 3,
  resultSet: 5,
  error: 6,
  statementId: 10,
  rowsAffected: 12,
  resultSetId: 13,
  readLobRequest: 17,
  readLobReply: 18,
  clientContext: 29,
  parameters: 32,
  authentication: 33,
  connectOptions: 42,
  fetchSize: 45,
  parameterMetadata: 47,
  resultSetMetadata: 48,
  transactionFlags: 64,
  dbConnectInfo: 67,
};

export const MESSAGE = {
  executeDirect: 2,
  prepare: 3,
  execute: 13,
  readLob: 16,
  authenticate: 65,
  connect: 66,
  commit: 67,
  rollback: 68,
  closeResultSet: 69,
  dropStatement: 70,
  fetchNext: 71,
  disconnect: 77,
  dbConnectInfo: 82,
};

export interface Part {
  readonly kind: number;
  readonly attributes?: number;
  readonly count: number;
  readonly data: Buffer;
}

export interface Request {
  readonly type: number;
  readonly commits: boolean;
  readonly packet: number;
  readonly parts: ReadonlyMap<number, Part>;
}

const PACKET_HEADER = 32;
const SEGMENT_HEADER = 24;
const PART_HEADER = 16;
const GREETING_BYTES = 14;
const SESSION = 7n;
/** Of the product, and of the protocol. */
const GREETING_ANSWER = Buffer.from([4, 20, 0, 4, 1, 0, 0, 0]);

/** The requests of a client, whom it greets. Ends with the connection. */
export async function* requestsOf(stream: Duplex): AsyncGenerator<Request> {
  let bytes = Buffer.alloc(0);
  let isGreeted = false;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, piece]);
    if (!isGreeted) {
      if (bytes.length < GREETING_BYTES) continue;
      must(bytes.readUInt32LE(0) === 0xffffffff, "a client greets at first");
      bytes = bytes.subarray(GREETING_BYTES);
      isGreeted = true;
      stream.write(GREETING_ANSWER);
    }
    while (bytes.length >= PACKET_HEADER && bytes.length >= PACKET_HEADER + bytes.readUInt32LE(12)) {
      const end = PACKET_HEADER + bytes.readUInt32LE(12);
      yield requestOf(bytes.subarray(0, end));
      bytes = bytes.subarray(end);
    }
  }
}

function requestOf(bytes: Buffer): Request {
  must(bytes.readUInt16LE(20) === 1 && bytes[22] === 0, "a packet has one segment, and is not compressed");
  const segment = bytes.subarray(PACKET_HEADER);
  must(segment.readInt32LE(0) === segment.length && segment[12] === 1, "the segment is a request, and has its length");
  const parts = new Map<number, Part>();
  let at = SEGMENT_HEADER;
  for (let index = 0; index < segment.readInt16LE(8); index += 1) {
    const short = segment.readInt16LE(at + 2);
    const length = segment.readInt32LE(at + 8);
    const start = at + PART_HEADER;
    const count = short === -1 ? segment.readInt32LE(at + 4) : short;
    parts.set(segment[at]!, { kind: segment[at]!, count, data: segment.subarray(start, start + length) });
    at = start + aligned(length);
  }
  return { type: segment[13]!, commits: segment[14] === 1, packet: bytes.readUInt32LE(8), parts };
}

const aligned = (length: number) => Math.ceil(length / 8) * 8;

/** An answer: what kind of statement it was, and parts. With an error it is one. */
export function reply(request: Request, functionCode: number, parts: readonly Part[]): Buffer {
  const written = parts.map(partBytes);
  const length = SEGMENT_HEADER + written.reduce((total, part) => total + part.length, 0);
  const packet = Buffer.alloc(PACKET_HEADER);
  packet.writeBigUInt64LE(SESSION, 0);
  packet.writeUInt32LE(request.packet, 8);
  packet.writeUInt32LE(length, 12);
  packet.writeUInt32LE(length, 16);
  packet.writeUInt16LE(1, 20);
  const segment = Buffer.alloc(SEGMENT_HEADER);
  segment.writeInt32LE(length, 0);
  segment.writeInt16LE(parts.length, 8);
  segment.writeInt16LE(1, 10);
  segment[12] = parts.some(({ kind }) => kind === PART.error) ? 5 : 2;
  segment.writeInt16LE(functionCode, 14);
  return Buffer.concat([packet, segment, ...written]);
}

const COUNT_MAX = 32_767;
/** Bytes that the rest of a packet might have. */
const ROOM = 131_072;

function partBytes({ kind, attributes = 0, count, data }: Part): Buffer {
  const bytes = Buffer.alloc(PART_HEADER + aligned(data.length));
  bytes[0] = kind;
  bytes[1] = attributes;
  bytes.writeInt16LE(count > COUNT_MAX ? -1 : count, 2);
  bytes.writeInt32LE(count > COUNT_MAX ? count : 0, 4);
  bytes.writeInt32LE(data.length, 8);
  bytes.writeInt32LE(ROOM, 12);
  data.copy(bytes, PART_HEADER);
  return bytes;
}

/** A refusal of the server. */
export function errorPart(code: number, message: string): Part {
  const text = Buffer.from(message);
  const data = Buffer.alloc(18 + text.length);
  data.writeInt32LE(code, 0);
  data.writeInt32LE(text.length, 8);
  data[12] = 1;
  data.write("HY000", 13, "ascii");
  text.copy(data, 18);
  return { kind: PART.error, count: 1, data };
}

/** An option that is a truth. */
export function truthPart(kind: number, name: number): Part {
  return { kind, count: 1, data: Buffer.from([name, 28, 1]) };
}

export function numberPart(kind: number, value: number): Part {
  const data = Buffer.alloc(4);
  data.writeInt32LE(value);
  return { kind, count: 1, data };
}
