import { createHash } from "node:crypto";

/** Checksums of a content as it passes, in base64 as Cloud Storage writes them. */
export interface Checksums {
  readonly md5: string;
  readonly crc32c: string;
}

/** Passes a content on; `ended` gets its checksums before the last piece is answered for. */
export async function* summed(
  content: AsyncIterable<Uint8Array | string>,
  ended: (checksums: Checksums) => void,
): AsyncGenerator<Uint8Array> {
  const md5 = createHash("md5");
  let crc = 0;
  for await (const piece of content) {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    md5.update(bytes);
    crc = crc32c(bytes, crc);
    yield bytes;
  }
  ended({ md5: md5.digest("base64"), crc32c: crcText(crc) });
}

/** CRC32C (Castagnoli) of bytes, going on from that of the bytes before. Node's own `crc32` has another polynomial. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  // An index is several times as fast as an iterator here.
  for (let index = 0; index < bytes.length; index += 1) crc = TABLE[(crc ^ bytes[index]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const POLYNOMIAL = 0x82f63b78;
const TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? POLYNOMIAL ^ (value >>> 1) : value >>> 1;
  return value;
});

function crcText(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString("base64");
}
