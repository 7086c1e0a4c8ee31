import { promisify } from "node:util";
import { crc32, inflateRaw } from "node:zlib";
import { Refusal } from "../refusal.ts";

export interface ZipLimits {
  readonly archiveEntriesMax: number;
  /** What all entries together may unpack to. */
  readonly archiveContentBytesMax: number;
}

export interface UnpackedFile {
  readonly name: string;
  content(): Promise<Buffer>;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const COMMENT_BYTES_MAX = 0xffff;

const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

export function isZip(bytes: Buffer): boolean {
  return bytes.length >= END_BYTES && (bytes.readUInt32LE(0) === LOCAL || bytes.readUInt32LE(0) === END);
}

/**
 * The files of an archive, folders left out. What an entry unpacks to is bounded by what its directory says, and that
 * by the limits, so that a small archive can't fill the memory. Throws 422 for a broken archive, 413 beyond a limit.
 */
export function readZip(bytes: Buffer, limits: ZipLimits): readonly UnpackedFile[] {
  const end = findEnd(bytes);
  const count = bytes.readUInt16LE(end + 10);
  if (count > limits.archiveEntriesMax) throw tooLarge(`${count} entries, more than ${limits.archiveEntriesMax}`);
  const files: UnpackedFile[] = [];
  let at = bytes.readUInt32LE(end + 16);
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const entry = readCentral(bytes, at);
    at = entry.next;
    total += entry.bytes;
    if (total > limits.archiveContentBytesMax)
      throw tooLarge(`content of more than ${limits.archiveContentBytesMax} bytes`);
    if (!entry.name.endsWith("/")) files.push({ name: entry.name, content: () => unpack(bytes, entry) });
  }
  return files;
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly offset: number;
  readonly next: number;
}

function findEnd(bytes: Buffer): number {
  const lowest = Math.max(0, bytes.length - END_BYTES - COMMENT_BYTES_MAX);
  for (let at = bytes.length - END_BYTES; at >= lowest; at -= 1) if (bytes.readUInt32LE(at) === END) return at;
  throw broken("it has no directory");
}

function readCentral(bytes: Buffer, at: number): Entry {
  if (at + CENTRAL_BYTES > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) throw broken("its directory is cut off");
  const nameBytes = bytes.readUInt16LE(at + 28);
  const next = at + CENTRAL_BYTES + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  const isEncrypted = (bytes.readUInt16LE(at + 8) & 1) === 1;
  const name = bytes.toString("utf8", at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes);
  if (isEncrypted) throw broken(`"${name}" is encrypted`);
  const method = bytes.readUInt16LE(at + 10);
  if (method !== STORED && method !== DEFLATED) throw broken(`"${name}" is packed in an unknown way`);
  return {
    name,
    method,
    crc: bytes.readUInt32LE(at + 16),
    packedBytes: bytes.readUInt32LE(at + 20),
    bytes: bytes.readUInt32LE(at + 24),
    offset: bytes.readUInt32LE(at + 42),
    next,
  };
}

async function unpack(bytes: Buffer, entry: Entry): Promise<Buffer> {
  const { offset, name } = entry;
  if (offset + LOCAL_BYTES > bytes.length || bytes.readUInt32LE(offset) !== LOCAL)
    throw broken(`"${name}" is not there`);
  const start = offset + LOCAL_BYTES + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  const packed = bytes.subarray(start, start + entry.packedBytes);
  let content: Buffer;
  try {
    content = entry.method === STORED ? packed : await inflate(packed, { maxOutputLength: Math.max(1, entry.bytes) });
  } catch {
    throw broken(`"${name}" can't be unpacked`);
  }
  if (content.length !== entry.bytes || crc32(content) !== entry.crc) throw broken(`"${name}" is damaged`);
  return content;
}

function broken(reason: string): Refusal {
  return new Refusal("archive-invalid", `The zip archive can't be read: ${reason}`);
}

function tooLarge(reason: string): Refusal {
  return new Refusal("archive-too-large", `The zip archive has ${reason}`);
}
