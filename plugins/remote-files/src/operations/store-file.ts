import { createHash, type Hash } from "node:crypto";
import { addAbortSignal, Readable } from "node:stream";
import { type ExecutionFiles, TaskFailure } from "@capstan/sdk";
import type { RemoteEntry, RemoteFiles } from "../remote-files.ts";
import { addressOf } from "../remote-path.ts";

export interface StoredFile {
  readonly uri: string;
  /** What was known of it when it was stored, and holds for what was stored. */
  readonly entry: RemoteEntry;
  /** In hexadecimal, when an algorithm was given. */
  readonly checksum: string | undefined;
}

interface Context {
  readonly files: ExecutionFiles;
  readonly signal: AbortSignal;
}

/**
 * Streams a file of another machine to the internal storage. Throws `TaskFailure` when it is not there or is no file, and when it
 * changes meanwhile, which somebody does who has not finished writing it; nothing stays of it then.
 */
export async function storeFile(
  { files, signal }: Context,
  remote: RemoteFiles,
  path: string,
  { algorithm }: { readonly algorithm?: string } = {},
): Promise<StoredFile> {
  const shown = addressOf(remote.address, path);
  const before = await remote.stat(path);
  if (before === undefined) throw new TaskFailure(`${shown} is not there: ${remote.pathAdvice}`);
  if (before.kind !== "FILE")
    throw new TaskFailure(`${shown} is no file: name one, or take \`Downloads\` for a folder.`);
  const hash = algorithm === undefined ? undefined : createHash(algorithm);
  const measured = { bytes: 0 };
  const uri = await remote.read(path, (content) =>
    files.put(
      before.name,
      addAbortSignal(signal, Readable.from(measuring(content, measured, hash), { objectMode: false })),
    ),
  );
  try {
    const after = await remote.stat(path);
    if (after === undefined || versionOf(after) !== versionOf(before) || after.sizeBytes !== measured.bytes)
      throw new TaskFailure(`${shown} changed while it was read: it seems that somebody still writes it.`);
    return { uri, entry: after, checksum: hash?.digest("hex") };
  } catch (error) {
    await files.delete(uri);
    throw error;
  }
}

/** Tells contents of a path apart, as far as servers do. */
export function versionOf({
  version,
  sizeBytes,
  updatedAt = 0,
}: Pick<RemoteEntry, "version" | "sizeBytes" | "updatedAt">): string {
  return version ?? `${sizeBytes}:${Math.floor(updatedAt / 1_000)}`;
}

async function* measuring(content: Readable, measured: { bytes: number }, hash: Hash | undefined) {
  for await (const chunk of content as AsyncIterable<Buffer>) {
    measured.bytes += chunk.length;
    hash?.update(chunk);
    yield chunk;
  }
}
