import { once } from "node:events";
import type { Duplex } from "node:stream";
import { must } from "../must.ts";

/** Messages of TDS, whose packets have a header of eight bytes: [MS-TDS] 2.2.3. */
export const PACKET = { batch: 1, rpc: 3, answer: 4, attention: 6, transaction: 14, login: 16, prelogin: 18 };

export interface Message {
  readonly type: number;
  readonly data: Buffer;
  /** Whether the client took it back before it was sent whole. */
  readonly ignored: boolean;
}

const HEADER_BYTES = 8;
const END_OF_MESSAGE = 1;
const IGNORE = 2;

/** The messages of a client. Ends with its connection. */
export async function* messagesOf(stream: Duplex): AsyncGenerator<Message> {
  let bytes = Buffer.alloc(0);
  let parts: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, piece]);
    while (bytes.length >= HEADER_BYTES && bytes.length >= bytes.readUInt16BE(2)) {
      const length = bytes.readUInt16BE(2);
      must(length >= HEADER_BYTES, "a packet has its header");
      parts.push(bytes.subarray(HEADER_BYTES, length));
      const [type, status] = [bytes[0]!, bytes[1]!];
      bytes = bytes.subarray(length);
      if ((status & END_OF_MESSAGE) === 0) continue;
      yield { type, data: Buffer.concat(parts), ignored: (status & IGNORE) !== 0 };
      parts = [];
    }
  }
}

/** The first message, which is one packet; nothing behind it is read. */
export async function firstMessage(stream: Duplex): Promise<Message> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < HEADER_BYTES || bytes.length < bytes.readUInt16BE(2)) {
    const piece = stream.read() as Buffer | null;
    if (piece === null) await once(stream, "readable");
    else bytes = Buffer.concat([bytes, piece]);
  }
  must(bytes.length === bytes.readUInt16BE(2), "a client waits for the first answer");
  return { type: bytes[0]!, data: bytes.subarray(HEADER_BYTES), ignored: false };
}

/** Packets of one answer. */
export interface Answering {
  write(tokens: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** An answer that leaves packet by packet, as fast as the client takes it. */
export function answerTo(stream: Duplex, packetBytes: number): Answering {
  let waiting = Buffer.alloc(0);
  let number = 0;
  const send = async (data: Buffer, status: number): Promise<void> => {
    const header = Buffer.alloc(HEADER_BYTES);
    header[0] = PACKET.answer;
    header[1] = status;
    header.writeUInt16BE(HEADER_BYTES + data.length, 2);
    number = (number + 1) % 256;
    header[6] = number;
    if (stream.write(Buffer.concat([header, data])) || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        stream.off("drain", go).off("close", go);
        resolve();
      };
      stream.on("drain", go).on("close", go);
    });
  };
  return {
    write: async (tokens) => {
      waiting = Buffer.concat([waiting, tokens]);
      const room = packetBytes - HEADER_BYTES;
      while (waiting.length > room) {
        await send(waiting.subarray(0, room), 0);
        waiting = waiting.subarray(room);
      }
    },
    end: () => send(waiting, END_OF_MESSAGE),
  };
}
