import { Readable } from "node:stream";
import { StorageError } from "../../errors.ts";
import type { Bucket, OpenedObject } from "./bucket.ts";
import { isBroken, toStorageError } from "./s3-errors.ts";

/** How often a connection may break without a single byte in between. */
const BREAKS_MAX = 5;

/**
 * Reads a file, or bytes of it, both ends included. A connection that breaks on the way is made again where it was, also one that the server
 * closed because the reader took its time. Throws `file-not-found`; the stream ends with `file-changed` when the rest is of another content.
 */
export async function download(
  bucket: Bucket,
  key: string,
  { start = 0, end }: { readonly start?: number; readonly end?: number | undefined } = {},
): Promise<Readable> {
  const first = await bucket.open(key, { start, end });
  if (first === undefined) return Readable.from([]);
  const last = first.sizeBytes === undefined ? undefined : start + first.sizeBytes - 1;
  const resume = async (at: number): Promise<OpenedObject> => {
    const next = await bucket.open(key, { start: at, end: last ?? end }, first.etag);
    if (next === undefined) throw new StorageError("file-changed", key);
    return next;
  };
  return resumable(first, { key, start, last, resume });
}

interface Resumption {
  readonly key: string;
  readonly start: number;
  /** Place of the last byte, if it is known. */
  readonly last: number | undefined;
  readonly resume: (at: number) => Promise<OpenedObject>;
}

function resumable(first: OpenedObject, { key, start, last, resume }: Resumption): Readable {
  let body = first.body;
  let chunks = chunksOf(body);
  let position = start;
  let breaks = 0;
  const nextChunk = async (): Promise<Uint8Array | undefined> => {
    for (;;) {
      if (last !== undefined && position > last) return undefined;
      try {
        const { done, value } = await chunks.next();
        if (done !== true) {
          position += value.length;
          breaks = 0;
          return value;
        }
        if (last === undefined) return undefined;
      } catch (error) {
        if (!isBroken(error)) throw error;
        if (breaks === BREAKS_MAX) throw toStorageError(error, key);
      }
      breaks += 1;
      if (breaks > BREAKS_MAX) throw new StorageError("storage-unreachable", `${key} ends before its last byte`);
      body.destroy();
      ({ body } = await resume(position));
      chunks = chunksOf(body);
    }
  };
  return new Readable({
    read() {
      nextChunk().then(
        (chunk) => this.push(chunk ?? null),
        (error: unknown) => this.destroy(error as Error),
      );
    },
    destroy(error, done) {
      body.destroy();
      done(error);
    },
  });
}

function chunksOf(body: Readable): AsyncIterator<Uint8Array> {
  // The iterator is told of it too; without a listener, an error between two reads would end the process.
  body.on("error", () => {});
  return body[Symbol.asyncIterator]();
}
