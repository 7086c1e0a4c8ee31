import { TaskFailure } from "@capstan/sdk";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { inflateRaw, zstdDecompress } from "node:zlib";
import { type ByteCursor, decode, takeBlocks, takeLong, takeSized } from "./decode.ts";
import { createByteSink, encode } from "./encode.ts";
import { type AvroRecord, parseAvroSchema } from "./schema.ts";
import type { TypedValue } from "./typed-value.ts";

/** Bytes of a block, packed and unpacked: it is held in memory. */
export const BLOCK_BYTES_MAX = 128 * 1_024 * 1_024;
/** Bytes of the schema and what stands beside it. */
const HEADER_BYTES_MAX = 16 * 1_024 * 1_024;
/** Blocks are written when they have as many bytes. */
const BLOCK_BYTES = 65_536;
const MAGIC = Buffer.from("Obj\u0001");
const MARKER_BYTES = 16;
const LONG_BYTES_MAX = 10;

/** The bytes of an Avro file, block by block. */
export async function* avroFileOf(
  schema: string,
  type: AvroRecord,
  values: AsyncIterable<TypedValue>,
): AsyncGenerator<Buffer> {
  const marker = randomBytes(MARKER_BYTES);
  const header = createByteSink();
  header.append(MAGIC);
  header.long(2);
  for (const text of ["avro.schema", schema, "avro.codec", "null"]) header.sized(Buffer.from(text));
  header.long(0);
  header.append(marker);
  yield header.take();
  const block = createByteSink();
  let count = 0;
  const finished = (): Buffer => {
    const bytes = block.take();
    header.long(count);
    header.sized(bytes);
    header.append(marker);
    count = 0;
    return header.take();
  };
  for await (const value of values) {
    encode(type, value, block);
    count += 1;
    if (block.length() >= BLOCK_BYTES) yield finished();
  }
  if (count > 0) yield finished();
}

/** The records of an Avro file as JSON data. Holds one block in memory at a time. Throws `TaskFailure` for anything else. */
export async function* readAvroFile(content: AsyncIterable<Uint8Array>): AsyncGenerator {
  const source = createSource(content);
  const { type, unpack, marker } = await readHeader(source);
  while (!(await source.isAtEnd())) {
    const count = Number(await source.long());
    const size = Number(await source.long());
    if (size > BLOCK_BYTES_MAX)
      throw new TaskFailure(`The Avro file has a block of ${size} bytes; ${BLOCK_BYTES_MAX} are read at most.`);
    const packed = await source.bytes(size);
    if (!(await source.bytes(MARKER_BYTES)).equals(marker))
      throw new TaskFailure("The Avro file is damaged: a block has another end than its header says.");
    const cursor: ByteCursor = { bytes: await unpack(packed), offset: 0 };
    for (let left = count; left > 0; left -= 1) yield decode(type, cursor);
  }
}

type Source = ReturnType<typeof createSource>;

/** Bytes as they are asked for. */
function createSource(content: AsyncIterable<Uint8Array>) {
  const iterator = content[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let isEnd = false;
  const fill = async (length: number): Promise<void> => {
    const pieces: Uint8Array[] = [rest];
    let total = rest.length;
    while (total < length && !isEnd) {
      const { value, done } = await iterator.next();
      isEnd = done === true;
      if (done === true) break;
      pieces.push(value);
      total += value.length;
    }
    if (pieces.length > 1) rest = Buffer.concat(pieces);
  };
  const source = {
    async isAtEnd(): Promise<boolean> {
      await fill(1);
      return rest.length === 0;
    },
    async bytes(length: number): Promise<Buffer> {
      await fill(length);
      if (!(length >= 0) || rest.length < length)
        throw new TaskFailure("The Avro file is damaged: it ends within a block.");
      const taken = rest.subarray(0, length);
      rest = rest.subarray(length);
      return taken;
    },
    async long(): Promise<bigint> {
      await fill(LONG_BYTES_MAX);
      let length = 1;
      while (((rest[length - 1] ?? 0) & 0x80) !== 0) length += 1;
      return takeLong({ bytes: await source.bytes(length), offset: 0 });
    },
    /** All that came so far, at least as much as is asked for if there is as much. */
    async peek(length: number): Promise<Buffer> {
      await fill(length);
      return rest;
    },
  };
  return source;
}

async function readHeader(source: Source) {
  if (!(await source.peek(MAGIC.length)).subarray(0, MAGIC.length).equals(MAGIC))
    throw new TaskFailure("The file is no Avro file: it begins with other bytes.");
  const { entries, length } = await headerOf(source);
  await source.bytes(length);
  const type = parseAvroSchema(entries.get("avro.schema")?.toString("utf8") ?? "", { anyNames: true });
  const codec = entries.get("avro.codec")?.toString("utf8") ?? "null";
  return { type, unpack: unpackerOf(codec), marker: await source.bytes(MARKER_BYTES) };
}

/** The header has no length: it is read with as many bytes as it takes. */
async function headerOf(source: Source): Promise<{ entries: ReadonlyMap<string, Buffer>; length: number }> {
  for (let size = BLOCK_BYTES; ; size *= 2) {
    const bytes = await source.peek(size);
    const cursor: ByteCursor = { bytes, offset: MAGIC.length };
    try {
      const entries = takeBlocks(
        cursor,
        () => [takeSized(cursor).toString("utf8"), Buffer.from(takeSized(cursor))] as const,
      );
      return { entries: new Map(entries), length: cursor.offset };
    } catch (error) {
      if (bytes.length < size || size > HEADER_BYTES_MAX) throw error;
    }
  }
}

const inflate = promisify(inflateRaw);
const zstd = promisify(zstdDecompress);

function unpackerOf(codec: string): (bytes: Buffer) => Promise<Buffer> {
  const limited = { maxOutputLength: BLOCK_BYTES_MAX };
  switch (codec) {
    case "null":
      return async (bytes) => bytes;
    case "deflate":
      return (bytes) => unpacked(inflate(bytes, limited));
    case "zstandard":
      return (bytes) => unpacked(zstd(bytes, limited));
    case "snappy":
      return (bytes) => unpacked(unsnapped(bytes));
    default:
      throw new TaskFailure(
        `The Avro file is packed with "${codec}"; null, deflate, snappy and zstandard can be read.`,
      );
  }
}

async function unpacked(unpacking: Promise<Buffer>): Promise<Buffer> {
  return unpacking.catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskFailure(`A block of the Avro file can't be unpacked: ${reason}.`, { cause: error });
  });
}

/** Behind the packed bytes stand four of a check sum. */
async function unsnapped(bytes: Buffer): Promise<Buffer> {
  const { snappyUncompress } = await import("hyparquet");
  const packed = bytes.subarray(0, -4);
  const length = snappyLength(packed);
  if (length > BLOCK_BYTES_MAX) throw new RangeError(`it has ${length} bytes, and ${BLOCK_BYTES_MAX} are read at most`);
  const output = Buffer.alloc(length);
  snappyUncompress(packed, output);
  return output;
}

/** The length that Snappy puts in front, seven bits a byte. */
function snappyLength(bytes: Buffer): number {
  let length = 0;
  for (const [index, byte] of bytes.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index);
    if ((byte & 0x80) === 0) break;
  }
  return length;
}
