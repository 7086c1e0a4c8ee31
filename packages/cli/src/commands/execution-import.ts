import { openAsBlob } from "node:fs";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { Mistake } from "../mistake.ts";
import { unreadableReason } from "../unreadable.ts";

/** Stores an exported execution at a server; prints its id, and to stderr what is different there. */
export async function executionImport(path: string, options: ConnectionOptions): Promise<number> {
  const { id, warnings } = await connect(options).importExecution(await archiveAt(path));
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  process.stdout.write(`${id}\n`);
  return 0;
}

async function archiveAt(path: string): Promise<Blob> {
  try {
    return await openAsBlob(path);
  } catch (error) {
    throw new Mistake(`${path}: ${unreadableReason(error)}`, { cause: error });
  }
}
