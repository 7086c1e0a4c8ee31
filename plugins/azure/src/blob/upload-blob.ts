/**
 * How a file becomes a blob.
 *
 * A small one is sent in one request. A large one is sent in blocks, one after the other, which become the blob together with the last request;
 * so what breaks off in the middle leaves the blob as it was. Each request streams: no block is in memory.
 */
import { type ExecutionFiles, TaskFailure } from "@capstan/sdk";
import type { HttpResponse, RequestBody } from "@capstan/sdk/http";
import { createHash, type Hash } from "node:crypto";
import { addAbortSignal, Readable } from "node:stream";
import { type Blob, blobFrom } from "./blob.ts";
import { type BlobApi, type BlobPlace, pathOf, shownPlace } from "./blob-api.ts";

/** A file above it is sent in blocks. */
export const ONE_REQUEST_BYTES_MAX = 67_108_864;
/** Blocks are no smaller, but for the last one. */
const BLOCK_BYTES_MIN = 67_108_864;
/** Blocks that a blob is made of at most. */
const BLOCKS_MAX = 50_000;

export interface UploadOptions {
  /** Headers that say what is kept with the blob. */
  readonly headers: Readonly<Record<string, string>>;
  readonly validateChecksum: boolean;
  /** Instead of the standard ones, in tests. */
  readonly sizes?: { readonly oneRequestBytesMax: number; readonly blockBytesMin: number };
}

/** Throws `AzureFailure`, and `TaskFailure` where Azure got another content than was sent. */
export async function uploadBlob(
  files: ExecutionFiles,
  api: BlobApi,
  source: { readonly uri: string; readonly place: BlobPlace },
  { headers, validateChecksum, sizes }: UploadOptions,
): Promise<Blob> {
  const { uri, place } = source;
  const { oneRequestBytesMax = ONE_REQUEST_BYTES_MAX, blockBytesMin = BLOCK_BYTES_MIN } = sizes ?? {};
  const what = `Uploading ${shownPlace(place)}`;
  const path = pathOf(place);
  const size = await files.sizeBytes(uri);
  const stream = addAbortSignal(api.signal, await files.read(uri)).on("error", () => undefined);
  const sections = sectionsOf(stream);
  const check = (sent: Hash, answer: HttpResponse) => validateChecksum && checkAnswer(what, sent, answer);
  try {
    if (size <= oneRequestBytesMax) {
      const { body, sent } = sections.next(size);
      const own = { "x-ms-blob-type": "BlockBlob", ...headers };
      const answer = await api.done({ what, method: "PUT", path, headers: own, content: body });
      check(sent, answer);
      return blobFrom(api, place, answer, size);
    }
    const blockBytes = Math.max(blockBytesMin, Math.ceil(size / BLOCKS_MAX));
    const ids: string[] = [];
    for (let start = 0; start < size; start += blockBytes) {
      const id = Buffer.from(String(ids.length).padStart(8, "0")).toString("base64");
      const { body, sent } = sections.next(Math.min(blockBytes, size - start));
      check(sent, await api.done({ what, method: "PUT", path, params: { comp: "block", blockid: id }, content: body }));
      ids.push(id);
    }
    const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join("")}</BlockList>`;
    // Azure makes no MD5 of a blob of blocks by itself.
    const own = { ...headers, "x-ms-blob-content-md5": sections.md5() };
    const content = contentOf(Buffer.byteLength(list), () => Readable.from([Buffer.from(list)]));
    const answer = await api.done({ what, method: "PUT", path, params: { comp: "blocklist" }, headers: own, content });
    return blobFrom(api, place, answer, size);
  } finally {
    stream.destroy();
  }
}

function contentOf(contentLength: number, open: () => Readable): RequestBody {
  return { contentType: "application/octet-stream", contentLength, text: undefined, open };
}

/** Takes a stream in sections of a known length, each of which is a body of its own. */
function sectionsOf(stream: AsyncIterable<Uint8Array | string>) {
  const whole = createHash("md5");
  const pieces = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = Buffer.alloc(0);
  async function* section(length: number, sent: Hash): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      if (rest.length === 0) {
        const { value, done } = await pieces.next();
        if (done === true) return;
        rest = typeof value === "string" ? Buffer.from(value) : value;
      }
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      sent.update(piece);
      whole.update(piece);
      yield piece;
    }
  }
  return {
    next: (length: number) => {
      const sent = createHash("md5");
      return { sent, body: contentOf(length, () => Readable.from(section(length, sent), { objectMode: false })) };
    },
    md5: () => whole.digest("base64"),
  };
}

function checkAnswer(what: string, sent: Hash, answer: HttpResponse): void {
  const found = answer.header("content-md5");
  const expected = sent.digest("base64");
  if (found !== undefined && found !== expected)
    throw new TaskFailure(
      `${what} failed: Azure got a content with the MD5 ${found}, and ${expected} was sent. It was damaged on its way; delete it, or try again.`,
    );
}
