import { Readable } from "node:stream";
import { crc32, createDeflateRaw } from "node:zlib";

export interface ZipEntry {
  /** With `/` between folders. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
  content(): Promise<Readable | string>;
}

/** What the plain format can address; larger archives would need ZIP64. */
export const ZIP_BYTES_MAX = 0xffff_fffe;
export const ZIP_ENTRIES_MAX = 0xfffe;

interface Written {
  readonly name: Buffer;
  readonly time: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly offset: number;
}

/** Sizes follow the data, because they are not known before it; names are UTF-8. */
const FLAGS = 0x0808;
const DEFLATE = 8;
const VERSION = 20;

/** A zip archive, written while it is read: no entry is in memory as a whole. */
export function writeZip(entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>): Readable {
  return Readable.from(chunksOf(entries), { objectMode: false });
}

async function* chunksOf(entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>): AsyncGenerator<Buffer> {
  const written: Written[] = [];
  let offset = 0;
  for await (const entry of entries) {
    const name = Buffer.from(entry.name, "utf8");
    const time = dosTime(entry.modifiedAt);
    const start = offset;
    const header = localHeader(name, time);
    yield header;
    offset += header.length;
    const sums = { crc: 0, bytes: 0, packedBytes: 0 };
    for await (const chunk of deflated(await entry.content(), sums)) {
      offset += chunk.length;
      yield chunk;
    }
    const descriptor = numbers([4, 0x08074b50], [4, sums.crc], [4, sums.packedBytes], [4, sums.bytes]);
    yield descriptor;
    offset += descriptor.length;
    if (offset > ZIP_BYTES_MAX || written.length >= ZIP_ENTRIES_MAX) throw new Error("the zip archive is too large");
    written.push({ name, time, ...sums, offset: start });
  }
  const directory = Buffer.concat(written.map(centralHeader));
  yield directory;
  yield numbers(
    [4, 0x06054b50],
    [4, 0],
    [2, written.length],
    [2, written.length],
    [4, directory.length],
    [4, offset],
    [2, 0],
  );
}

async function* deflated(
  content: Readable | string,
  sums: { crc: number; bytes: number; packedBytes: number },
): AsyncGenerator<Buffer> {
  const source = typeof content === "string" ? Readable.from([Buffer.from(content)]) : content;
  const packed = createDeflateRaw();
  source.on("data", (chunk: Buffer) => {
    sums.crc = crc32(chunk, sums.crc);
    sums.bytes += chunk.length;
  });
  source.on("error", (error) => packed.destroy(error));
  source.pipe(packed);
  for await (const chunk of packed as AsyncIterable<Buffer>) {
    sums.packedBytes += chunk.length;
    yield chunk;
  }
}

function localHeader(name: Buffer, time: number): Buffer {
  const fixed = numbers(
    [4, 0x04034b50],
    [2, VERSION],
    [2, FLAGS],
    [2, DEFLATE],
    [4, time],
    [4, 0],
    [4, 0],
    [4, 0],
    [2, name.length],
    [2, 0],
  );
  return Buffer.concat([fixed, name]);
}

function centralHeader({ name, time, crc, packedBytes, bytes, offset }: Written): Buffer {
  const fixed = numbers(
    [4, 0x02014b50],
    [2, VERSION],
    [2, VERSION],
    [2, FLAGS],
    [2, DEFLATE],
    [4, time],
    [4, crc],
    [4, packedBytes],
    [4, bytes],
    [2, name.length],
    [2, 0],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, offset],
  );
  return Buffer.concat([fixed, name]);
}

/** Little-endian numbers of two or four bytes, one after the other. */
function numbers(...fields: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  const buffer = Buffer.alloc(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of fields) at = buffer.writeUIntLE(value, at, bytes);
  return buffer;
}

/** The format counts two-second steps from 1980, in UTC here. */
function dosTime(epochMs: number): number {
  const date = new Date(Math.max(epochMs, Date.UTC(1980, 0, 1)));
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return day * 65_536 + time;
}
