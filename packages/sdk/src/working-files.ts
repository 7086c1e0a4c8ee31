import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { matchesGlob } from "@capstan/model";
import type { ExecutionFiles, Services, TaskLogger } from "./context.ts";
import { TaskFailure } from "./definition.ts";

/** Files that a task keeps in a working folder for itself start with this at its top; they are never output files. */
export const OWN_FILES_PREFIX = ".capstan-";
/** The same for programs that take no hidden files. */
export const OWN_VISIBLE_FILES_PREFIX = "capstan-own-";

/** Writes files into a folder: name → content, or the address of a file to copy. Null makes an empty file. */
export async function writeInputFiles(folder: string, inputs: unknown, files: ExecutionFiles): Promise<void> {
  if (inputs === undefined || inputs === null) return;
  if (typeof inputs !== "object" || Array.isArray(inputs))
    throw new TaskFailure("`inputFiles` must be a map of file names and contents, or JSON text of one");
  for (const [name, content] of Object.entries(inputs)) {
    const path = placeInside(folder, name);
    await mkdir(dirname(path), { recursive: true });
    if (typeof content === "string" && isFileAddress(content))
      await pipeline(await files.read(content.trim()), createWriteStream(path));
    else await writeFile(path, contentText(content));
  }
}

/** Stores the files that match one of the globs; answers their addresses by path. */
export async function storeOutputFiles(
  folder: string,
  globs: readonly string[],
  files: ExecutionFiles,
): Promise<Record<string, string>> {
  return storeFiles(folder, await filesMatching(folder, globs), files);
}

/** Stores files by their paths below a folder; answers their addresses by path. */
export async function storeFiles(
  folder: string,
  paths: readonly string[],
  files: ExecutionFiles,
): Promise<Record<string, string>> {
  const stored: Record<string, string> = {};
  for (const path of paths) stored[path] = await files.put(path, createReadStream(join(folder, path)));
  return stored;
}

/** Paths of the files below a folder that match one of the globs; see `filesBelow`. */
export async function filesMatching(folder: string, globs: readonly string[]): Promise<readonly string[]> {
  if (globs.length === 0) return [];
  const patterns = globs.map((pattern) => relativePattern(folder, pattern));
  const isOwn = (path: string) => path.startsWith(OWN_FILES_PREFIX) || path.startsWith(OWN_VISIBLE_FILES_PREFIX);
  const isWanted = (path: string) => !isOwn(path) && patterns.some((pattern) => matchesGlob(path, pattern));
  return (await filesBelow(folder)).filter(isWanted);
}

/** Paths of all files below a folder, hidden ones and links to files too, `/` separated and sorted. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const isFile = entry.isSymbolicLink() ? (await statOf(path))?.isFile() === true : entry.isFile();
    if (isFile) found.push(relative(folder, path).split(sep).join("/"));
  }
  return found.toSorted();
}

export interface NamespaceFilesOptions {
  readonly enabled?: boolean | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly ifExists?: "OVERWRITE" | "FAIL" | "WARN" | "IGNORE" | undefined;
  readonly folderPerNamespace?: boolean | undefined;
}

/** Copies files of namespaces into a folder; those of later namespaces replace those of earlier ones. */
export async function writeNamespaceFiles(
  folder: string,
  options: NamespaceFilesOptions,
  parts: { readonly namespace: string; readonly services: Services; readonly log: TaskLogger },
): Promise<void> {
  const { enabled = true, namespaces = [parts.namespace], include, exclude = [], ifExists = "OVERWRITE" } = options;
  if (!enabled) return;
  for (const namespace of namespaces) {
    for (const path of await parts.services.namespaceFiles.list(namespace, include)) {
      if (exclude.some((pattern) => matchesGlob(path, relativePattern("", pattern)))) continue;
      const target = placeInside(folder, options.folderPerNamespace === true ? `${namespace}/${path}` : path);
      if (ifExists !== "OVERWRITE" && (await statOf(target)) !== undefined) {
        const message = `the namespace file ${path} exists already in the working folder`;
        if (ifExists === "FAIL") throw new TaskFailure(message);
        if (ifExists === "WARN") parts.log.warn(`${message}; it is left as it is`);
        continue;
      }
      await mkdir(dirname(target), { recursive: true });
      await pipeline(await parts.services.namespaceFiles.read(namespace, path), createWriteStream(target));
    }
  }
}

/** The absolute path of a name in a folder. Throws `TaskFailure` when it leads out of it. */
export function placeInside(folder: string, name: string): string {
  const path = resolve(folder, name);
  const steps = relative(folder, path);
  if (steps === "" || steps === ".." || steps.startsWith(`..${sep}`) || isAbsolute(steps))
    throw new TaskFailure(`the file name "${name}" leads out of the working folder: use a path below it`);
  return path;
}

/** Whether a text is the address of a stored file, and nothing else. */
export function isFileAddress(text: string): boolean {
  return /^(?:kestra|nsfile|file):\/\/\S*$/.test(text.trim());
}

/** Globs may be written with the folder, or with a leading `./` or `/`. */
function relativePattern(folder: string, pattern: string): string {
  const plain = pattern.replace(/^glob:/, "");
  const below = folder !== "" && plain.startsWith(`${folder}/`) ? plain.slice(folder.length + 1) : plain;
  return below.replace(/^(?:\.?\/)+/, "");
}

function contentText(content: unknown): string {
  if (content === null || content === undefined) return "";
  return typeof content === "string" ? content : JSON.stringify(content);
}

async function statOf(path: string) {
  return stat(path).catch(() => undefined);
}
