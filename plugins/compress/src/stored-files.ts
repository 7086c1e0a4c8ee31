import { TaskFailure, type TaskContext } from "@capstan/sdk";
import { addAbortSignal, type Duplex, Readable } from "node:stream";

/** What the tasks need of their context. */
export type FilesContext = Pick<TaskContext<unknown>, "files" | "signal" | "log" | "metric">;

/** The bytes of a stored file. A kill of the task ends the reading. */
export async function readBytes({ files, signal }: FilesContext, uri: string): Promise<Readable> {
  return addAbortSignal(signal, await files.read(uri));
}

/** Stores bytes while they are made. A kill of the task ends the writing. */
export async function storeBytes(
  { files, signal }: FilesContext,
  name: string,
  content: AsyncIterable<Uint8Array>,
): Promise<string> {
  return files.put(name, Readable.from(content, { signal, highWaterMark: 1 }));
}

/** Bytes as they come out of a stream that packs or unpacks. `what` begins the message of the `TaskFailure` for damaged ones. */
export async function* through(source: Readable, codec: Duplex, what: string): AsyncGenerator<Uint8Array> {
  const fail = (error: Error) => void codec.destroy(error);
  source.on("error", fail);
  if (source.errored === null) source.pipe(codec);
  else fail(source.errored);
  try {
    for await (const piece of codec) yield piece as Uint8Array;
  } catch (error) {
    if (!isOfCodec(error)) throw error;
    throw new TaskFailure(`${what}: ${error.message}. Check \`compression\`, and whether the file is whole.`, {
      cause: error,
    });
  } finally {
    source.destroy();
  }
}

/** Errors of zlib have its codes: `Z_DATA_ERROR`, `ERR__ERROR_FORMAT_PADDING_1`, `ZSTD_error_prefix_unknown`. */
function isOfCodec(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(?:Z_|ZSTD_|ERR__|ERR_BROTLI|ERR_ZSTD)/.test(code);
}
