import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { Mistake } from "./mistake.ts";

export interface FlowFile {
  /** As the user named it, or below the folder the user named. */
  readonly path: string;
  readonly source: string;
}

/** Reads the given files, and every `.yaml` and `.yml` file below the given folders, sorted. Throws `Mistake`. */
export async function readFlowFiles(paths: readonly string[]): Promise<readonly FlowFile[]> {
  const files: FlowFile[] = [];
  for (const path of paths) for (const found of await expand(path)) files.push(await readFlowFile(found));
  if (files.length === 0) throw new Mistake(`no flow files (.yaml, .yml) in ${paths.join(", ")}`);
  return files;
}

/** Throws `Mistake` when there is no such file. */
export async function readFlowFile(path: string): Promise<FlowFile> {
  try {
    return { path, source: await readFile(path, "utf8") };
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
      .filter((entry) => entry.isFile() && /\.ya?ml$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): Mistake {
  const code = (error as NodeJS.ErrnoException).code;
  const reason =
    code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? "it can't be read");
  return new Mistake(`${path}: ${reason}`, { cause: error });
}
