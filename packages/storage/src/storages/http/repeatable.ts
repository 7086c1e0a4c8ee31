import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Content } from "../../content.ts";

/** What can be sent again from its beginning. */
export interface RepeatableBody extends AsyncDisposable {
  readonly bytes: number;
  open(): Readable;
}

/** Bytes that are kept in memory; more of them wait on the disk. */
export const MEMORY_BYTES_MAX = 1_048_576;

/** Reads content to its end. Rejects as the content does. */
export async function repeatable(content: Content): Promise<RepeatableBody> {
  if (!(content instanceof Readable)) return inMemory(Buffer.from(content as Uint8Array));
  const chunks: Buffer[] = [];
  let bytes = 0;
  const rest = content[Symbol.asyncIterator]();
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    const chunk = Buffer.from(next.value as Buffer);
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MEMORY_BYTES_MAX) return onDisk(chunks, rest);
  }
  return inMemory(Buffer.concat(chunks));
}

function inMemory(buffer: Buffer): RepeatableBody {
  return { bytes: buffer.length, open: () => Readable.from([buffer]), [Symbol.asyncDispose]: async () => undefined };
}

async function onDisk(begun: readonly Buffer[], rest: AsyncIterator<unknown>): Promise<RepeatableBody> {
  const file = join(tmpdir(), `capstan-upload-${randomUUID()}`);
  let bytes = 0;
  async function* all(): AsyncIterable<Buffer> {
    for (const chunk of begun) {
      bytes += chunk.length;
      yield chunk;
    }
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      const chunk = Buffer.from(next.value as Buffer);
      bytes += chunk.length;
      yield chunk;
    }
  }
  const remove = () => rm(file, { force: true });
  try {
    await pipeline(all(), createWriteStream(file, { flags: "wx", mode: 0o600 }));
  } catch (error) {
    await remove();
    throw error;
  }
  return { bytes, open: () => createReadStream(file), [Symbol.asyncDispose]: remove };
}
