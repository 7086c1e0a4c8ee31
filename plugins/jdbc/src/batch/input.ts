import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { OWN_FILES_PREFIX, readRecords, type TaskContext, TaskFailure } from "@capstan/sdk";
import type { BatchProperties, Retries } from "../batch.ts";

/** The rows of a file; its copy, if it has one, goes with it. */
export interface BatchInput extends AsyncDisposable {
  /** All rows from the first one on. When reading fails and may be tried again, it goes on behind the rows that were given. */
  rows(): AsyncIterable<unknown>;
}

type InputContext = Pick<TaskContext<unknown>, "files" | "signal" | "workingDirectory">;
type Wanted = Pick<BatchProperties, "from" | "inputHandling" | "localBufferMaxBytes" | "resumeOnRetry">;

/** Opens a file of rows, as it is or as a copy on this machine. Throws `TaskFailure` when it is missing, or too large for a copy. */
export async function openInput(wanted: Wanted, context: InputContext, retries: Retries): Promise<BatchInput> {
  const { from, inputHandling, localBufferMaxBytes, resumeOnRetry } = wanted;
  const sizeBytes = inputHandling === "STREAM" ? 0 : await context.files.sizeBytes(from);
  const isLarge = sizeBytes > localBufferMaxBytes;
  if (inputHandling === "LOCAL" && isLarge)
    throw new TaskFailure(
      `The file has ${sizeBytes} bytes, and \`localBufferMaxBytes\` allows copies of ${localBufferMaxBytes}. Allow more, or use \`inputHandling: STREAM\`.`,
    );
  if (inputHandling === "STREAM" || isLarge) {
    const open = () => context.files.read(from);
    return { rows: () => rowsOf(open, retries, resumeOnRetry), [Symbol.asyncDispose]: async () => undefined };
  }
  const folder = await mkdtemp(join(await context.workingDirectory(), `${OWN_FILES_PREFIX}batch-`));
  const path = join(folder, "rows");
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await copy(from, path, context, retries);
  } catch (error) {
    await remove();
    throw error;
  }
  const open = async () => createReadStream(path);
  return { rows: () => rowsOf(open, retries, resumeOnRetry), [Symbol.asyncDispose]: remove };
}

async function copy(from: string, path: string, { files, signal }: InputContext, retries: Retries): Promise<void> {
  for (;;) {
    try {
      await pipeline(await files.read(from), createWriteStream(path), { signal });
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(await mayReadAgain(error, retries))) throw error;
    }
  }
}

async function* rowsOf(open: () => Promise<Readable>, retries: Retries, resume: boolean): AsyncGenerator {
  let given = 0;
  for (;;) {
    let number = 0;
    try {
      for await (const { value } of readRecords(await open())) {
        number += 1;
        if (number <= given) continue;
        given = number;
        yield value;
      }
      return;
    } catch (error) {
      if (!(await mayReadAgain(error, retries))) throw error;
      if (!resume && given > 0) throw new InputLost(error);
    }
  }
}

/** A file that was lost while its rows were sent, so that all begins anew. */
export class InputLost extends Error {
  constructor(cause: unknown) {
    super("the file could not be read to its end", { cause });
    this.name = "InputLost";
  }
}

/** A file that is missing, and a line that is no row, will be so the next time. */
async function mayReadAgain(error: unknown, retries: Retries): Promise<boolean> {
  return !(error instanceof TaskFailure) && retries.wait("input", error);
}
