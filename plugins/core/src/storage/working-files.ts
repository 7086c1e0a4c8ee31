import { TaskFailure } from "@capstan/sdk";
import { glob } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";

export interface WorkingFile {
  /** Relative to the working directory, `/` between folders. */
  readonly path: string;
  readonly absolutePath: string;
}

/** Files (not folders) below a working directory that match one of the globs, sorted by path. */
export async function filesMatching(directory: string, globs: readonly string[]): Promise<WorkingFile[]> {
  const patterns = globs.map((pattern) => pattern.replace(/^(?:\.?\/)+/, ""));
  const found = new Map<string, WorkingFile>();
  for await (const entry of glob(patterns, { cwd: directory, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const absolutePath = join(entry.parentPath, entry.name);
    const path = relative(directory, absolutePath).replaceAll(sep, "/");
    if (!path.startsWith("../")) found.set(path, { path, absolutePath });
  }
  return [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The absolute place of a path in the working directory. Throws `TaskFailure` for one that leads out of it. */
export function insideDirectory(directory: string, path: string): string {
  const place = resolve(directory, path);
  const way = relative(directory, place);
  if (way === "" || way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way))
    throw new TaskFailure(`The path ${path} leads out of the working directory. Use a path below it.`);
  return place;
}

/** Whether a text is the URI of a stored file. */
export function isFileUri(text: string): boolean {
  return /^(?:kestra|nsfile|file):\/\/\S*$/.test(text.trim());
}
