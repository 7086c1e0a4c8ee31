import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { type Decoded, decodeSource, formatDiagnostic } from "@capstan/model";
import { parseDocument } from "yaml";
import { Mistake } from "./mistake.ts";

export interface FlowFile {
  /** As the user named it, or below the folder the user named. */
  readonly path: string;
  readonly source: string;
}

/**
 * The given files, and every `.yaml` and `.yml` file below the given folders, sorted; hidden folders and `node_modules`
 * are left out. Throws `Mistake`.
 */
export async function findFlowFiles(paths: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) found.push(...(await expand(path)));
  if (found.length === 0) throw new Mistake(`no flow files (.yaml, .yml) in ${paths.join(", ")}`);
  return found;
}

/** Reads what `findFlowFiles` finds. Throws `Mistake`. */
export async function readFlowFiles(paths: readonly string[]): Promise<readonly FlowFile[]> {
  const files: FlowFile[] = [];
  for (const path of await findFlowFiles(paths)) files.push(await readFlowFile(path));
  return files;
}

/** Throws `Mistake` when there is no such file, or when it is no text. */
export async function readFlowFile(path: string): Promise<FlowFile> {
  const decoded = await decodeFlowFile(path);
  if ("diagnostic" in decoded) throw new Mistake(formatDiagnostic(path, decoded.diagnostic));
  return { path, source: decoded.source };
}

/** The text of a file, or why it is none. Throws `Mistake` when it can't be read. */
export async function decodeFlowFile(path: string): Promise<Decoded> {
  try {
    return decodeSource(await readFile(path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Which flow a source describes, as far as it can be read. Throws `Mistake` when it names none. */
export function flowKeyOf(file: FlowFile): { readonly namespace: string; readonly id: string } {
  const document = parseDocument(file.source);
  const id: unknown = document.errors.length === 0 ? document.get("id") : undefined;
  const namespace: unknown = document.errors.length === 0 ? document.get("namespace") : undefined;
  if (typeof id === "string" && typeof namespace === "string") return { namespace, id };
  throw new Mistake(`${file.path}:1:1 not-a-flow no id and namespace can be read — "capstan validate" tells more`);
}

async function expand(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && /\.ya?ml$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !relative(path, file).split(sep).slice(0, -1).some(isLeftOut))
      .toSorted();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function isLeftOut(folder: string): boolean {
  return folder.startsWith(".") || folder === "node_modules";
}

function unreadable(path: string, error: unknown): Mistake {
  const code = (error as NodeJS.ErrnoException).code;
  const reason =
    code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? "it can't be read");
  return new Mistake(`${path}: ${reason}`, { cause: error });
}
