import type { TaskContext } from "@capstan/sdk";
import { addAbortSignal, Readable } from "node:stream";

type FilesContext = Pick<TaskContext<unknown>, "files" | "signal">;

/** A stored file as the stream that the library takes. A kill of the task ends the reading. */
export async function readWeb(context: FilesContext, uri: string): Promise<ReadableStream<Uint8Array>> {
  return webOf(addAbortSignal(context.signal, await context.files.read(uri)));
}

export function webOf(source: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(source) as ReadableStream<Uint8Array>;
}

/** Stores bytes while they are made; nothing is stored when they end in an error, or when `check` throws after the last one. */
export async function storeWeb(
  { files, signal }: FilesContext,
  name: string,
  content: ReadableStream<Uint8Array>,
  check?: () => Promise<void>,
): Promise<string> {
  async function* pieces() {
    for await (const piece of content) yield piece;
    await check?.();
  }
  return files.put(name, Readable.from(pieces(), { signal, objectMode: false }));
}
