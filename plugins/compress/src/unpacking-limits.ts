import { dynamic, TaskFailure } from "@capstan/sdk";
import { z } from "zod";

/** Bytes that may come out of one file, unless the task says otherwise: a small file can hold endless ones. */
export const UNPACKED_BYTES_MAX = 64 * 1_024 * 1_024 * 1_024;
/** Files that may come out of one archive, unless the task says otherwise. */
export const ENTRIES_MAX = 10_000;

export function maxUnpackedBytes() {
  return dynamic(z.int().min(1))
    .default(UNPACKED_BYTES_MAX)
    .describe("Bytes that may come out, all in all; more fail the task. Default: 64 GiB.");
}

export function maxEntries() {
  return dynamic(z.int().min(1))
    .default(ENTRIES_MAX)
    .describe("Files that may come out; more fail the task. Default: 10,000.");
}

/** Counts what comes out of a file, and throws `TaskFailure` when it is too much. */
export function createByteLimit(maxUnpackedBytes: number) {
  let total = 0;
  return {
    total: () => total,
    async *counted(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of content) {
        total += piece.length;
        if (total > maxUnpackedBytes)
          throw new TaskFailure(
            `More than ${maxUnpackedBytes} bytes come out of the file. Raise \`maxUnpackedBytes\` if that is what it holds.`,
          );
        yield piece;
      }
    },
  };
}

/** Throws `TaskFailure` when an archive has more files. */
export function checkEntries(count: number, maxEntries: number): void {
  if (count > maxEntries)
    throw new TaskFailure(`The archive has more than ${maxEntries} files. Raise \`maxEntries\` if that is right.`);
}
