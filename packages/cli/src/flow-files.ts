import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { type Decoded, decodeSource, formatDiagnostic, otherKindOf } from "@capstan/model";
import { parseDocument } from "yaml";
import { Mistake } from "./mistake.ts";
import { unreadableReason } from "./unreadable.ts";

export interface FlowFile {
  /** As the user named it, or below the folder the user named. */
  readonly path: string;
  readonly source: string;
}

export interface FoundFile {
  /** As the user named it, or below the folder the user named. */
  readonly path: string;
  /** Whether the user named it, and not only its folder. */
  readonly isNamed: boolean;
}

/**
 * The given files, each once, and every `.yaml` and `.yml` file below the given folders, sorted; hidden folders and `node_modules`
 * are left out. Throws `Mistake`.
 */
export async function findFlowFiles(paths: readonly string[]): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  const mistakes: Mistake[] = [];
  for (const path of paths) {
    try {
      found.push(...(await expand(path)));
    } catch (error) {
      mistakes.push(unreadable(path, error));
    }
  }
  if (mistakes.length > 0) throw new Mistake(mistakes.map(({ message }) => message).join("\n"));
  const named = new Set(found.filter(({ isNamed }) => isNamed).map(({ path }) => resolve(path)));
  const distinct = new Map(found.map(({ path }) => [resolve(path), path]));
  if (found.length === 0) throw new Mistake(`no flow files (.yaml, .yml) in ${paths.join(", ")}`);
  return [...distinct].map(([whole, path]) => ({ path, isNamed: named.has(whole) }));
}

/** What could be read of several files, and why the others could not: one that is broken hides none of the others. */
export interface ReadFiles<File> {
  readonly files: readonly File[];
  readonly unreadable: readonly Mistake[];
  /** Of a folder, what is no flow: a line for each. */
  readonly others: readonly string[];
}

/** Says on stderr which files of those that were found are no flows, and which can't be read. */
export function tellLeftOut({ others, unreadable }: Pick<ReadFiles<unknown>, "others" | "unreadable">): void {
  for (const line of [...others, ...unreadable.map(({ message }) => message)]) process.stderr.write(`${line}\n`);
}

/** Why a file of a folder is left out, if it is no flow; one that the user named is always taken for one. */
export function otherThanFlow({ path, isNamed }: FoundFile, source: string): string | undefined {
  const kind = isNamed ? undefined : otherKindOf(source);
  return kind === undefined ? undefined : `${path}: ${kind}, no flow: left out`;
}

/** Reads what `findFlowFiles` finds. Throws `Mistake` as it does. */
export function readFlowFiles(paths: readonly string[]): Promise<ReadFiles<FlowFile>> {
  return readEach(paths, (file) => file);
}

export interface NamedFlow extends FlowFile {
  readonly namespace: string;
  readonly id: string;
}

/** Reads what `findFlowFiles` finds, with the names of the flows. Throws `Mistake` as it does. */
export function readNamedFlows(paths: readonly string[]): Promise<ReadFiles<NamedFlow>> {
  return readEach(paths, (file) => ({ ...file, ...flowKeyOf(file) }));
}

/** Of two files for one flow, the second would undo the first. Throws `Mistake`. */
export function assertEachFlowOnce(flows: readonly Omit<NamedFlow, "source">[]): void {
  const seen = new Map<string, string>();
  for (const { path, namespace, id } of flows) {
    const key = `${namespace}.${id}`;
    const earlier = seen.get(key);
    if (earlier !== undefined && resolve(earlier) === resolve(path)) throw new Mistake(`${path}: it is named twice`);
    if (earlier !== undefined)
      throw new Mistake(`${path}: ${earlier} holds the flow ${key} as well — give one of them another id`);
    seen.set(key, path);
  }
}

async function readEach<File>(paths: readonly string[], read: (file: FlowFile) => File): Promise<ReadFiles<File>> {
  const files: File[] = [];
  const unreadable: Mistake[] = [];
  const others: string[] = [];
  for (const found of await findFlowFiles(paths)) {
    try {
      const file = await readFlowFile(found.path);
      const other = otherThanFlow(found, file.source);
      if (other === undefined) files.push(read(file));
      else others.push(other);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      unreadable.push(error);
    }
  }
  return { files, unreadable, others };
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
function flowKeyOf(file: FlowFile): { readonly namespace: string; readonly id: string } {
  const document = parseDocument(file.source);
  const id: unknown = document.errors.length === 0 ? document.get("id") : undefined;
  const namespace: unknown = document.errors.length === 0 ? document.get("namespace") : undefined;
  if (typeof id === "string" && typeof namespace === "string") return { namespace, id };
  throw new Mistake(`${file.path}:1:1 not-a-flow no id and namespace can be read — "capstan validate" tells more`);
}

async function expand(path: string): Promise<readonly FoundFile[]> {
  if (!(await stat(path)).isDirectory()) return [{ path, isNamed: true }];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && /\.ya?ml$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(path, file).split(sep).slice(0, -1).some(isLeftOut))
    .toSorted()
    .map((file) => ({ path: file, isNamed: false }));
}

function isLeftOut(folder: string): boolean {
  return folder.startsWith(".") || folder === "node_modules";
}

function unreadable(path: string, error: unknown): Mistake {
  return new Mistake(`${path}: ${unreadableReason(error)}`, { cause: error });
}
