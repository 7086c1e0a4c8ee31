import { CommanderError } from "commander";
import { Mistake } from "./mistake.ts";
import { createProgram } from "./program.ts";

/** Runs one command; answers the exit code: 0 done, 1 what was asked for failed, 2 it was asked for wrongly. */
export async function main(words: readonly string[]): Promise<number> {
  const outcome = { exitCode: 0 };
  try {
    await createProgram((exitCode) => (outcome.exitCode = exitCode)).parseAsync(words, { from: "user" });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Mistake) {
      process.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
}
