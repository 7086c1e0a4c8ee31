import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { OWN_FILES_PREFIX, placeInside, TaskFailure } from "@capstan/sdk";
import type { DatabaseContext } from "../connection.ts";

/** Where the file of a database is. */
export interface DatabaseFile {
  /** Absolute, or `:memory:`. */
  readonly path: string;
  readonly readOnly: boolean;
}

/**
 * The file that an address such as `jdbc:sqlite:shop.db` names. Names are those of the working folder; beyond it, what the server lets tasks read
 * may be read. Throws `TaskFailure` for any other place.
 */
export async function databaseFile(
  url: string,
  wanted: { readonly scheme: string; readonly example: string; readonly needsFile: boolean },
  context: DatabaseContext,
): Promise<DatabaseFile> {
  const { scheme, example, needsFile } = wanted;
  const [, rest] = new RegExp(`^(?:jdbc:)?${scheme}:([^?]*)(?:\\?.*)?$`, "su").exec(url.trim()) ?? [];
  if (rest === undefined)
    throw new TaskFailure(`\`url\` can't be used: it does not begin with jdbc:${scheme}:. It looks like ${example}`);
  const folder = await context.workingDirectory();
  if (rest === "" || rest === ":memory:")
    return { path: needsFile ? join(folder, `${OWN_FILES_PREFIX}${scheme}.db`) : ":memory:", readOnly: false };
  const name = rest.replace(/^file:/u, "");
  if (isAbsolute(name) && relative(folder, name).startsWith("..")) {
    await context.files.sizeBytes(pathToFileURL(name).href);
    return { path: name, readOnly: true };
  }
  const path = placeInside(folder, name);
  await mkdir(dirname(path), { recursive: true });
  return { path, readOnly: false };
}

/** Puts a stored database in its place. Throws `TaskFailure` for a place that is not the task's own. */
export async function copyDatabase(
  from: string,
  { path, readOnly }: DatabaseFile,
  { files, signal }: DatabaseContext,
): Promise<void> {
  if (readOnly)
    throw new TaskFailure(
      `\`url\` names ${path}, where nothing is written. Name a file of the working folder, or none.`,
    );
  await pipeline(await files.read(from), createWriteStream(path), { signal });
}
