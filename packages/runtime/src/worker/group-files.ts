import { createReadStream, createWriteStream } from "node:fs";
import { glob, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, matchesGlob, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { type ExecutionFiles, type Services, TaskFailure, type TaskLogger } from "@capstan/sdk";

/** Files that tasks keep in a shared folder for themselves; never outputs of the group. */
const TASK_FILES_PREFIX = ".capstan-";
const ADDRESS = /^(?:kestra|nsfile|file):\/\//;

/** Writes files into a folder: name → content, or the address of a file to copy. Null makes an empty file. */
export async function writeInputFiles(folder: string, inputs: unknown, files: ExecutionFiles): Promise<void> {
  for (const [name, content] of Object.entries(mapOf(inputs))) {
    const path = inside(folder, name);
    await mkdir(dirname(path), { recursive: true });
    if (typeof content === "string" && ADDRESS.test(content)) {
      await pipeline(await files.read(content), createWriteStream(path));
    } else {
      await writeFile(path, contentText(content));
    }
  }
}

/** Stores the files that match one of the globs; answers their addresses by path. */
export async function storeOutputFiles(
  folder: string,
  globs: readonly string[],
  files: ExecutionFiles,
): Promise<Record<string, string>> {
  const stored: Record<string, string> = {};
  for (const path of await matchingFiles(folder, globs)) {
    stored[path] = await files.put(path, createReadStream(join(folder, path)));
  }
  return stored;
}

/** Paths below a folder, `/` separated and sorted, that match one of the globs. */
export async function matchingFiles(folder: string, globs: readonly string[]): Promise<readonly string[]> {
  if (globs.length === 0) return [];
  const patterns = globs.map((pattern) => relativePattern(folder, pattern));
  const found: string[] = [];
  for await (const entry of glob("**", { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/");
    if (path.startsWith(TASK_FILES_PREFIX)) continue;
    if (patterns.some((pattern) => matchesGlob(path, pattern))) found.push(path);
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
  const { namespaces = [parts.namespace], include, exclude = [], ifExists = "OVERWRITE", folderPerNamespace } = options;
  if (options.enabled === false) return;
  for (const namespace of namespaces) {
    for (const path of await parts.services.namespaceFiles.list(namespace, include)) {
      if (exclude.some((pattern) => matchesGlob(path, relativePattern("", pattern)))) continue;
      const target = inside(folder, folderPerNamespace === true ? `${namespace}/${path}` : path);
      if (ifExists !== "OVERWRITE" && (await exists(target))) {
        if (ifExists === "FAIL")
          throw new TaskFailure(`the namespace file ${path} exists already in the working folder`);
        if (ifExists === "WARN")
          parts.log.warn(`The namespace file ${path} exists already in the working folder and is left as it is.`);
        continue;
      }
      await mkdir(dirname(target), { recursive: true });
      await pipeline(await parts.services.namespaceFiles.read(namespace, path), createWriteStream(target));
    }
  }
}

/** The absolute path of a name in a folder. Throws `TaskFailure` when it leads out of it. */
function inside(folder: string, name: string): string {
  const path = resolve(folder, name);
  const steps = relative(folder, path);
  if (steps === "" || steps.startsWith("..") || isAbsolute(steps))
    throw new TaskFailure(`the file name "${name}" leads out of the working folder`);
  return path;
}

function relativePattern(folder: string, pattern: string): string {
  const below = folder !== "" && pattern.startsWith(`${folder}/`) ? pattern.slice(folder.length + 1) : pattern;
  // `**.csv` means such files at any depth.
  return below.replace(/^(?:\.?\/)+/, "").replaceAll(/(^|\/)\*\*(?=[^/*])/g, "$1**/*");
}

function mapOf(inputs: unknown): Record<string, unknown> {
  if (inputs === undefined || inputs === null) return {};
  if (typeof inputs === "object" && !Array.isArray(inputs)) return inputs as Record<string, unknown>;
  throw new TaskFailure("`inputFiles` must be a map of file names and contents, or JSON text of one");
}

function contentText(content: unknown): string {
  if (content === null || content === undefined) return "";
  return typeof content === "string" ? content : JSON.stringify(content);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
