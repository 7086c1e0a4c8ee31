import { TaskFailure } from "@capstan/sdk";
import { addAbortSignal, Readable } from "node:stream";
import type { GoogleApi } from "./google-api.ts";

export interface Upload {
  readonly what: string;
  /** Of the upload, below the address of the service. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  /** What is said about the content, as JSON. */
  readonly about: unknown;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly open: () => Promise<Readable>;
  /** What the content passes through, such as a checksum. */
  readonly through?: (content: AsyncIterable<Uint8Array | string>) => AsyncIterable<Uint8Array>;
  readonly adviceFor?: (status: number) => string | undefined;
}

/**
 * Sends a content of any size in two requests: one that says what it is, and one that streams it. What is broken off in the middle leaves
 * nothing. Answers what the service says of the result.
 */
export async function uploadResumable(api: GoogleApi, upload: Upload): Promise<unknown> {
  const { what, path, params, about, contentType, sizeBytes, open, through, adviceFor } = upload;
  const begun = await api.open({
    what,
    path,
    params: { ...params, uploadType: "resumable" },
    headers: { "X-Upload-Content-Type": contentType, "X-Upload-Content-Length": String(sizeBytes) },
    body: about,
    ...(adviceFor !== undefined && { adviceFor }),
  });
  begun.body.resume();
  const session = begun.header("location");
  if (session === undefined)
    throw new TaskFailure(`${what} failed: the server names no place to send the content to. Check \`endpoint\`.`);
  async function* content() {
    // The end of a task ends its source too, even one that has nothing to give at the moment.
    const source = addAbortSignal(api.signal, await open());
    yield* through === undefined ? source : through(source);
  }
  return api.call({
    what,
    method: "PUT",
    path: session,
    content: {
      contentType,
      contentLength: sizeBytes,
      text: undefined,
      open: () => Readable.from(content(), { objectMode: false }),
    },
    ...(adviceFor !== undefined && { adviceFor }),
  });
}
