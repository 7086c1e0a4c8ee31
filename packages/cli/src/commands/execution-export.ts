import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { Mistake } from "../mistake.ts";

export interface ExecutionExportOptions extends ConnectionOptions {
  readonly output?: string;
}

/** Writes an execution that has ended to a file that is not there yet; `-` writes it to stdout. */
export async function executionExport(id: string, options: ExecutionExportOptions): Promise<number> {
  const path = options.output ?? `${id}.zip`;
  const content = await connect(options).exportExecution(id);
  if (path === "-") {
    await pipeline(content, process.stdout, { end: false });
    return 0;
  }
  const file = createWriteStream(path, { flags: "wx" });
  let isOurs = false;
  file.once("open", () => (isOurs = true));
  try {
    await pipeline(content, file);
  } catch (error) {
    if (isOurs) await rm(path, { force: true });
    throw unwritable(path, error);
  }
  process.stdout.write(`${path}\n`);
  return 0;
}

function unwritable(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const problem = code === "EEXIST" ? "there is such a file already — name another one with --output" : message;
  return new Mistake(`${path}: ${problem}`, { exitCode: 1, cause: error });
}
