import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for what a task needs on the way; `await using` removes it. */
export interface ScratchFolder extends AsyncDisposable {
  /** Makes the folder on the first call. */
  path(): Promise<string>;
}

/**
 * A folder of its own inside the working directory, which may be shared with other tasks; by default inside the machine's
 * temporary folder.
 */
export function scratchFolder(workingDirectory: () => Promise<string> = async () => tmpdir()): ScratchFolder {
  let made: Promise<string> | undefined;
  return {
    path: () => (made ??= workingDirectory().then((parent) => mkdtemp(join(parent, ".capstan-")))),
    [Symbol.asyncDispose]: async () => {
      if (made !== undefined) await rm(await made, { recursive: true, force: true });
    },
  };
}
