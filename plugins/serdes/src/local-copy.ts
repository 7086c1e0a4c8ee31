import type { TaskContext } from "@capstan/sdk";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type ConversionContext, readBytes } from "./conversion.ts";

/** A file of this machine, for formats that aren't read from front to back; `await using` removes it. */
export interface LocalCopy extends AsyncDisposable {
  readonly path: string;
}

/** Copies a stored file into the working directory. */
export async function localCopy(
  context: ConversionContext & Pick<TaskContext<unknown>, "workingDirectory">,
  uri: string,
): Promise<LocalCopy> {
  const folder = await mkdtemp(join(await context.workingDirectory(), ".capstan-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, "copy");
  try {
    await pipeline(await readBytes(context, uri), createWriteStream(path));
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}
