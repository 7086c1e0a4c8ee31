import { Readable } from "node:stream";

/** What a file is written from. */
export type Content = Readable | Uint8Array | string;

/**
 * Runs `write`, which reads the content. When that is a stream, its own error comes through as it is, also one from
 * before anybody reads; a stream that wasn't read to its end is destroyed, so that whoever feeds it stops.
 */
export async function consume<Result>(content: Content, write: () => Promise<Result>): Promise<Result> {
  if (!(content instanceof Readable)) return write();
  // Without a listener an early error would end the process; it is looked up below.
  content.on("error", () => {});
  try {
    return await write();
  } catch (error) {
    throw isStopped(content) ? error : (content.errored ?? error);
  } finally {
    content.destroy();
  }
}

/** Whether a stream ended because who reads it stopped, which says nothing of why. */
function isStopped({ errored }: Readable): boolean {
  return errored?.name === "AbortError";
}
