import type { Content } from "../../content.ts";
import { StorageError } from "../../errors.ts";
import type { Bucket, PartTag, Upload } from "./bucket.ts";

/** Most parts that a file may have. */
export const PARTS_MAX = 10_000;
/** Parts of one file that are on their way at the same time. With the one that is being gathered they are what a writer holds in memory. */
const PARTS_AT_ONCE = 3;

export interface PartSizes {
  readonly partBytes: number;
  readonly partsMax?: number;
}

/**
 * Writes a file whole: readers see the old content or the new one. What fits into one part takes one request; more is written in
 * parts as it comes, however much that will be. When anything fails, all parts are gone. All have one size, as some servers demand.
 * Throws `file-too-large`.
 */
export async function upload(bucket: Bucket, key: string, content: Content, sizes: PartSizes): Promise<void> {
  const parts = partsOf(content, sizes.partBytes);
  // In a list that can be emptied: what a function names, it holds until it ends.
  const held = await nextPart(parts);
  if (held.length === 0 || held[0]!.length < sizes.partBytes) await bucket.put(key, held[0] ?? EMPTY);
  else await uploadParts(bucket, key, chained(held, parts), sizes);
}

const EMPTY = Buffer.alloc(0);

async function nextPart(parts: AsyncIterator<Buffer, void>): Promise<Buffer[]> {
  const { value } = await parts.next();
  return value === undefined ? [] : [value];
}

async function* chained(held: Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield held.pop()!;
  yield* rest;
}

async function uploadParts(
  bucket: Bucket,
  key: string,
  parts: AsyncIterable<Buffer>,
  { partBytes, partsMax = PARTS_MAX }: PartSizes,
): Promise<void> {
  const upload = await bucket.beginUpload(key);
  await finishOrDrop(bucket, upload, async (signal, done) => {
    const sending = new Set<Promise<void>>();
    let number = 0;
    try {
      for await (const bytes of parts) {
        number += 1;
        if (number > partsMax) throw tooLarge(key, partBytes, partsMax);
        const send = async (part: number): Promise<void> => {
          done.push(await bucket.uploadPart(upload, part, bytes, signal));
          sending.delete(sent);
        };
        // One that failed stays in the set, where the next wait finds it.
        const sent: Promise<void> = send(number);
        sent.catch(() => undefined);
        sending.add(sent);
        if (sending.size >= PARTS_AT_ONCE) await Promise.race(sending);
      }
      await Promise.all(sending);
    } finally {
      // A part that arrives after the end of its upload would be kept, and paid for.
      await Promise.allSettled(sending);
    }
  });
}

/** Runs `send`, which fills the list of parts, and makes them a file; without success nothing stays. */
export async function finishOrDrop(
  bucket: Bucket,
  upload: Upload,
  send: (signal: AbortSignal, done: PartTag[]) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const done: PartTag[] = [];
  try {
    await send(stop.signal, done);
    await bucket.finishUpload(
      upload,
      done.toSorted((left, right) => left.number - right.number),
    );
  } catch (error) {
    stop.abort();
    // Where the server is away, the next start finds the upload.
    await bucket.dropUpload(upload).catch(() => undefined);
    throw error;
  }
}

function tooLarge(key: string, partBytes: number, partsMax: number): StorageError {
  const gibibytes = ((partBytes * partsMax) / 1_073_741_824).toFixed(1);
  return new StorageError(
    "file-too-large",
    `${key} has more than ${partsMax} parts of ${partBytes} bytes, which are ${gibibytes} GiB`,
  );
}

/** The content in parts of one size; the last one is smaller. */
async function* partsOf(content: Content, partBytes: number): AsyncGenerator<Buffer, void, undefined> {
  let gathered: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(content)) {
    for (let start = 0; start < chunk.length;) {
      const piece = chunk.subarray(start, start + partBytes - size);
      gathered.push(piece);
      size += piece.length;
      start += piece.length;
      if (size < partBytes) continue;
      const part = Buffer.concat(gathered, size);
      gathered = [];
      size = 0;
      yield part;
    }
  }
  if (size > 0) yield Buffer.concat(gathered, size);
}

async function* chunksOf(content: Content): AsyncGenerator<Buffer, void, undefined> {
  if (typeof content === "string") yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield asBuffer(content);
  else for await (const chunk of content) yield typeof chunk === "string" ? Buffer.from(chunk) : asBuffer(chunk);
}

/** The same bytes. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
