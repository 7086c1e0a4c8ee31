import { CommanderError } from "commander";
import { Mistake } from "./mistake.ts";
import { createProgram } from "./program/program.ts";

/** What a shell reports of a program that wrote to a pipe without a reader. */
const BROKEN_PIPE = 141;

/** Runs one command; answers the exit code: 0 done, 1 what was asked for failed, 2 it was asked for wrongly. */
export async function main(words: readonly string[]): Promise<number> {
  const outcome = { exitCode: 0 };
  // Who reads has enough, such as `head`: nothing is left to say, and to nobody.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(BROKEN_PIPE);
      throw error;
    });
  try {
    await createProgram((exitCode) => (outcome.exitCode = exitCode)).parseAsync(words, { from: "user" });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Mistake) {
      process.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    if (isOperatingError(error)) {
      process.stderr.write(`${error.code} ${error.message} — ${error.hint}\n`);
      return 1;
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
}

/** An error of the disk or the database, with a code and what to do about it; told without a stack. */
function isOperatingError(error: unknown): error is Error & { readonly code: string; readonly hint: string } {
  return error instanceof Error && "code" in error && "hint" in error && typeof error.hint === "string";
}
