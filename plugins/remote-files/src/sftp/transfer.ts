import type { Readable } from "node:stream";
import type { SFTPWrapper } from "ssh2";

/** Bytes of one question; every server takes so many. */
const PIECE_BYTES = 32 * 1024;
/** Questions that are under way at once: with an answer after 50 ms, a megabyte of them carries 20 MB/s, and one alone 0.6. */
const AHEAD_MAX = 32;
/** Of a read at first: most files are small. */
const AHEAD_FIRST = 2;
/** What a server says to a question behind the end of a file. */
const END_OF_FILE = 1;

/** The content of an open file, from its start, asked for ahead; a megabyte of it is held at most. */
export async function* contentOf(sftp: SFTPWrapper, handle: Buffer): AsyncGenerator<Buffer> {
  const ahead: Promise<Buffer>[] = [];
  let position = 0;
  for (let width = AHEAD_FIRST; ; width = Math.min(2 * width, AHEAD_MAX)) {
    while (ahead.length < width) {
      ahead.push(handled(readPiece(sftp, handle, position)));
      position += PIECE_BYTES;
    }
    const piece = await ahead.shift()!;
    if (piece.length > 0) yield piece;
    if (piece.length < PIECE_BYTES) return;
  }
}

/** Writes content to an open file, from its start; a megabyte is under way at most. */
export async function writeContent(sftp: SFTPWrapper, handle: Buffer, content: Readable): Promise<void> {
  const ahead: Promise<void>[] = [];
  let position = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      const piece = chunk.subarray(start, start + PIECE_BYTES);
      ahead.push(handled(writePiece(sftp, handle, piece, position)));
      position += piece.length;
      if (ahead.length === AHEAD_MAX) await ahead.shift();
    }
  }
  await Promise.all(ahead);
}

/** Fewer bytes only at the end of the file; a server may answer with less than it was asked for. */
async function readPiece(sftp: SFTPWrapper, handle: Buffer, position: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let length = 0;
  for (let count = -1; count !== 0 && length < PIECE_BYTES; length += count)
    count = await readOnce(sftp, handle, { piece, at: length, position: position + length });
  return piece.subarray(0, length);
}

interface Place {
  readonly piece: Buffer;
  readonly at: number;
  readonly position: number;
}

function readOnce(sftp: SFTPWrapper, handle: Buffer, { piece, at, position }: Place): Promise<number> {
  return new Promise((resolve, reject) =>
    sftp.read(handle, piece, at, PIECE_BYTES - at, position, (error, count) => {
      const { code } = (error ?? {}) as { code?: unknown };
      if (error && code !== END_OF_FILE) reject(error);
      else resolve(error ? 0 : count);
    }),
  );
}

function writePiece(sftp: SFTPWrapper, handle: Buffer, piece: Buffer, position: number): Promise<void> {
  return new Promise((resolve, reject) =>
    sftp.write(handle, piece, 0, piece.length, position, (error) => (error ? reject(error) : resolve())),
  );
}

/** One that fails is told when its turn comes, or not at all when another one failed before it. */
function handled<Value>(work: Promise<Value>): Promise<Value> {
  work.catch(() => undefined);
  return work;
}
