import { createReadStream, createWriteStream } from "node:fs";
import { glob, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, matchesGlob, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { type ExecutionFiles, type Services, TaskFailure, type TaskLogger } from "@capstan/sdk";

const ADDRESS = /^(?:kestra|nsfile|file):\/\/\S*$/;
/** Addresses of stored files inside a command line or a script. */
const ADDRESS_INSIDE = /(?:kestra|nsfile):\/\/[-\p{L}\p{N}._+~#=/%]*/gu;

/** Files that the task itself puts into its folder start with this; they are never output files. */
export const OWN_PREFIX = ".capstan-";

/** Writes files into a folder: name → content, or the address of a file to copy. Null makes an empty file. */
export async function writeInputFiles(folder: string, inputs: unknown, files: ExecutionFiles): Promise<void> {
  if (inputs === undefined || inputs === null) return;
  if (typeof inputs !== "object" || Array.isArray(inputs))
    throw new TaskFailure("`inputFiles` must be a map of file names and contents, or JSON text of one");
  for (const [name, content] of Object.entries(inputs)) {
    const path = inside(folder, name);
    await mkdir(dirname(path), { recursive: true });
    if (typeof content === "string" && ADDRESS.test(content.trim())) await download(content.trim(), path, files);
    else await writeFile(path, contentText(content));
  }
}

/** Stores the files that match one of the globs; answers their addresses by path. */
export async function storeOutputFiles(
  folder: string,
  globs: readonly string[],
  files: ExecutionFiles,
): Promise<Record<string, string>> {
  if (globs.length === 0) return {};
  const patterns = globs.map((pattern) => relativePattern(folder, pattern));
  const isWanted = (path: string) =>
    !path.startsWith(OWN_PREFIX) && patterns.some((pattern) => matchesGlob(path, pattern));
  return storeFiles(folder, (await filesBelow(folder)).filter(isWanted), files);
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

/** Paths of all files below a folder, `/` separated and sorted. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const entry of glob("**", { cwd: folder, withFileTypes: true })) {
    if (entry.isFile()) found.push(relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  }
  return found.toSorted();
}

/** Replaces addresses of stored files by the paths of local copies. */
export async function withLocalCopies(
  folder: string,
  texts: readonly string[],
  files: ExecutionFiles,
): Promise<readonly string[]> {
  const copies = new Map<string, string>();
  for (const text of texts) {
    for (const [address] of text.matchAll(ADDRESS_INSIDE)) {
      if (copies.has(address)) continue;
      const name = address
        .split("/")
        .at(-1)!
        .replaceAll(/[^\w.-]/g, "_");
      const path = join(folder, `${OWN_PREFIX}copies`, `${copies.size}-${name}`);
      await mkdir(dirname(path), { recursive: true });
      await download(address, path, files);
      copies.set(address, path);
    }
  }
  return texts.map((text) => text.replaceAll(ADDRESS_INSIDE, (address) => copies.get(address) ?? address));
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
      const target = inside(folder, options.folderPerNamespace === true ? `${namespace}/${path}` : path);
      if (ifExists !== "OVERWRITE" && (await exists(target))) {
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

async function download(address: string, path: string, files: ExecutionFiles): Promise<void> {
  await pipeline(await files.read(address), createWriteStream(path));
}

/** The absolute path of a name in a folder. Throws `TaskFailure` when it leads out of it. */
function inside(folder: string, name: string): string {
  const path = resolve(folder, name);
  const steps = relative(folder, path);
  if (steps === "" || steps === ".." || steps.startsWith(`..${sep}`) || isAbsolute(steps))
    throw new TaskFailure(`the file name "${name}" leads out of the working folder`);
  return path;
}

/** Globs may be written with the folder, or with a leading `./` or `/`. */
function relativePattern(folder: string, pattern: string): string {
  const below = folder !== "" && pattern.startsWith(`${folder}/`) ? pattern.slice(folder.length + 1) : pattern;
  // `**.csv` means such files at any depth.
  return below.replace(/^(?:\.?\/)+/, "").replaceAll(/(^|\/)\*\*(?=[^/*])/g, "$1**/*");
}

function contentText(content: unknown): string {
  if (content === null || content === undefined) return "";
  return typeof content === "string" ? content : JSON.stringify(content);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
