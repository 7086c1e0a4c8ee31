import { addAbortSignal } from "node:stream";
import { TaskFailure, type TaskContext, type TaskLogger } from "@capstan/sdk";
import type { Protocol } from "../protocol.ts";
import type { RemoteFiles } from "../remote-files.ts";
import { addressOf, parentOf } from "../remote-path.ts";
import { unfinishedPath } from "./unfinished-file.ts";

/** How long a failed or killed upload may take to remove what it has written. */
const DISCARD_MS_MAX = 5_000;

export interface Sending {
  /** A file of the internal storage. */
  readonly uri: string;
  /** A checked path. */
  readonly to: string;
  readonly overwrite: boolean;
}

type Context = Pick<
  TaskContext<Readonly<Record<string, unknown>>>,
  "files" | "localFiles" | "log" | "metric" | "signal" | "properties"
>;

/**
 * Uploads a file: under another name first, so that nobody takes a part for the whole, and what it replaces stays until then. Folders
 * on the way are made. Answers the bytes. Throws `TaskFailure`; what was written is removed then, also on a kill.
 */
export async function sendFile(
  context: Context,
  protocol: Protocol,
  files: RemoteFiles,
  { uri, to, overwrite }: Sending,
): Promise<number> {
  const { signal } = context;
  if (!overwrite) await checkFree(files, to);
  const sizeBytes = await context.files.sizeBytes(uri);
  await makeFolders(files, parentOf(to));
  const unfinished = unfinishedPath(to);
  try {
    await files.write(unfinished, addAbortSignal(signal, await context.files.read(uri)));
    await files.rename(unfinished, to, overwrite);
  } catch (error) {
    await discard(context, protocol, unfinished);
    throw error;
  }
  context.metric({ name: "file.size", type: "counter", value: sizeBytes });
  return sizeBytes;
}

/** Throws `TaskFailure` where something is there. */
export async function checkFree(files: RemoteFiles, path: string): Promise<void> {
  if ((await files.stat(path)) === undefined) return;
  throw new TaskFailure(
    `${addressOf(files.address, path)} is there already. Choose another path, or set \`overwrite: true\`.`,
  );
}

/** Makes a folder and those above it, as far as they are missing. */
export async function makeFolders(files: RemoteFiles, folder: string): Promise<void> {
  if (folder === "/" || (await files.stat(folder)) !== undefined) return;
  await makeFolders(files, parentOf(folder));
  try {
    await files.makeFolder(folder);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if ((await files.stat(folder))?.kind !== "FOLDER") throw error;
  }
}

/** With a connection of its own: the one that failed may be closed, or in the middle of an answer. */
async function discard(
  { properties, log, files, localFiles }: Context,
  protocol: Protocol,
  path: string,
): Promise<void> {
  const caller = { signal: AbortSignal.timeout(DISCARD_MS_MAX), log: silent(log), files, localFiles };
  try {
    using session = await protocol.open(properties, caller);
    if ((await session.files.stat(path)) !== undefined) await session.files.removeFile(path);
  } catch {
    log.warn(`A part of the file may have stayed at the server, as ${path}.`);
  }
}

/** What there is to say of the connection was said of the first. */
function silent(log: TaskLogger): TaskLogger {
  return { ...log, warn: () => undefined };
}
