import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Keeps what comes faster than it is taken: some of it in memory, the rest in a file. A node keeps little of a log, and drops what was not
 * read soon enough; so reading may not wait for whoever takes the lines.
 */
export interface LogSpool {
  /** Takes bytes over; waits only when the file is as large as it may become. Throws what taking has thrown. */
  push(bytes: Buffer): Promise<void>;
  /** Resolves when all of it is taken. Throws what taking has thrown. */
  drained(): Promise<void>;
  /** Drops what waits. */
  close(): Promise<void>;
}

/** Bytes that wait in memory. */
export const SPOOL_MEMORY_BYTES = 1_048_576;
/** Bytes that wait in the file; then whoever writes waits, too. */
export const SPOOL_FILE_BYTES_MAX = 4 * 1_024 * 1_024 * 1_024;
const PIECE_BYTES = 262_144;

interface SpoolFile {
  readonly handle: FileHandle;
  written: number;
  taken: number;
  isBeingWritten: boolean;
}

/** `take` is called with one piece after the other, in their order, each when the one before it is done. */
export function createLogSpool(
  take: (bytes: Buffer) => Promise<void>,
  { fileBytesMax = SPOOL_FILE_BYTES_MAX }: { readonly fileBytesMax?: number } = {},
): LogSpool {
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let file: SpoolFile | undefined;
  let isPumping = false;
  let pumping: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  /** Takes what there is. The one who writes sees to what comes later. */
  const pump = async () => {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) {
        waitingBytes -= next.length;
        await take(next);
      } else if (file !== undefined && file.taken < file.written) await take(await nextOf(file));
      else if (file === undefined || file.isBeingWritten) {
        isPumping = false;
        return;
      } else {
        const { handle } = file;
        file = undefined;
        await handle.close();
      }
    }
  };
  const start = () => {
    if (isPumping) return;
    isPumping = true;
    pumping = pump().catch((error: unknown) => {
      failure = { error };
    });
  };
  const append = async (bytes: Buffer) => {
    file ??= { handle: await openSpoolFile(), written: 0, taken: 0, isBeingWritten: false };
    const to = file;
    to.isBeingWritten = true;
    await to.handle.write(bytes, 0, bytes.length, to.written);
    to.written += bytes.length;
    to.isBeingWritten = false;
    if (to.written > fileBytesMax) await pumping;
  };
  const check = () => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    push: async (bytes) => {
      check();
      if (file === undefined && waitingBytes + bytes.length <= SPOOL_MEMORY_BYTES) {
        waiting.push(bytes);
        waitingBytes += bytes.length;
      } else await append(bytes);
      start();
    },
    drained: async () => {
      await pumping;
      check();
    },
    close: async () => {
      const left = file;
      file = undefined;
      waiting.length = 0;
      await left?.handle.close();
    },
  };
}

async function nextOf(file: SpoolFile): Promise<Buffer> {
  const length = Math.min(PIECE_BYTES, file.written - file.taken);
  const { buffer, bytesRead } = await file.handle.read(Buffer.allocUnsafe(length), 0, length, file.taken);
  file.taken += bytesRead;
  return buffer.subarray(0, bytesRead);
}

/** A file without a name, which is gone with whoever has it open. */
async function openSpoolFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-log-"));
  try {
    return await open(join(folder, "spool"), "w+");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
