import type { TaskContext } from "@capstan/sdk";
import type { RequestBody } from "@capstan/sdk/http";
import { Readable } from "node:stream";
import { z } from "zod";
import { type DropboxConnection, sendContent } from "./connection.ts";
import { contentHashOf } from "./content-hash.ts";
import { type FileMetadata, fileMetadata } from "./entry.ts";

/** Of one request. Dropbox wants a multiple of 4 MiB, and takes 150 MiB at most. */
export const PART_BYTES = 8_388_608;

/** Where the file is to be, as Dropbox calls it. */
export interface Commit {
  readonly path: string;
  readonly mode: "add" | "overwrite";
  readonly autorename: boolean;
}

/**
 * Uploads a content of any size: at once, or in the parts of a session, which nobody sees before the last of them. Answers what Dropbox
 * tells of the file. Throws `TaskFailure` as `callVendor` does; the content is destroyed in any case.
 */
export async function uploadContent(
  context: Pick<TaskContext<DropboxConnection>, "properties" | "signal">,
  content: Readable,
  commit: Commit,
): Promise<FileMetadata> {
  const what = `Uploading ${commit.path}`;
  let session: string | undefined;
  let offset = 0;
  for await (const part of partsOf(content)) {
    const isLast = part.length < PART_BYTES;
    const sent = { what, content: bytesBody(part) };
    const content_hash = contentHashOf(part);
    const cursor = { session_id: session ?? "", offset };
    if (isLast && session === undefined)
      return sendContent(context, {
        ...sent,
        path: "upload",
        args: { ...commit, content_hash },
        answer: fileMetadata(),
      });
    if (isLast) {
      const args = { cursor, commit, content_hash };
      return sendContent(context, { ...sent, path: "upload_session/finish", args, answer: fileMetadata() });
    }
    if (session === undefined) {
      const answer = z.object({ session_id: z.string() });
      const args = { content_hash };
      session = (await sendContent(context, { ...sent, path: "upload_session/start", args, answer })).session_id;
    } else {
      const args = { cursor, content_hash };
      await sendContent(context, { ...sent, path: "upload_session/append_v2", args, answer: z.null().optional() });
    }
    offset += part.length;
  }
  throw new Error("a content has a last part");
}

/** A content in parts of `PART_BYTES`; the last one has less, and may be empty. */
async function* partsOf(content: Readable): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of content as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes < PART_BYTES) continue;
    let whole = Buffer.concat(pieces);
    for (; whole.length >= PART_BYTES; whole = whole.subarray(PART_BYTES)) yield whole.subarray(0, PART_BYTES);
    pieces = [whole];
    bytes = whole.length;
  }
  yield Buffer.concat(pieces);
}

function bytesBody(bytes: Buffer): RequestBody {
  return {
    contentType: "application/octet-stream",
    contentLength: bytes.length,
    text: undefined,
    open: () => Readable.from([bytes]),
  };
}
