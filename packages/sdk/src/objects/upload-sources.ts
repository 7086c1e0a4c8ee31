import { TaskFailure } from "../definition.ts";

/** A file to upload, and the key that it becomes. */
export interface UploadSource {
  readonly name: string;
  readonly uri: string;
  readonly key: string;
}

/**
 * What `from` names: one address, a list of them, a map of names and addresses, or JSON text of these. One file becomes `key`
 * itself, unless that ends like a folder; several become `key/<name>`. Throws `TaskFailure` for nothing, for what is no address, and
 * for two files that would become one object.
 */
export function uploadSources(from: unknown, key: string): readonly UploadSource[] {
  const files = namedFiles(parsed(from));
  if (files.length === 0)
    throw new TaskFailure("There is nothing to upload: `from` is empty. Check what the task before has put out.");
  const isFolder = files.length > 1 || key === "" || key.endsWith("/");
  const sources = files.map((file) => ({ ...file, key: isFolder ? joined(key, file.name) : key }));
  const known = new Map<string, string>();
  for (const source of sources) {
    const other = known.get(source.key);
    if (other !== undefined)
      throw new TaskFailure(
        `${other} and ${source.uri} would both become ${source.key}. Give \`from\` as a map of names and addresses.`,
      );
    known.set(source.key, source.uri);
  }
  return sources;
}

type NamedFile = Pick<UploadSource, "name" | "uri">;

function parsed(from: unknown): unknown {
  if (typeof from !== "string" || !/^\s*[[{]/.test(from)) return from;
  try {
    return JSON.parse(from);
  } catch {
    return from; // It is no address either, which is told as that.
  }
}

function namedFiles(from: unknown): readonly NamedFile[] {
  if (typeof from === "string") return from.trim() === "" ? [] : [named(from)];
  if (Array.isArray(from)) return from.map(named);
  if (typeof from === "object" && from !== null)
    return Object.entries(from).map(([name, uri]) => ({ name, uri: addressOf(uri) }));
  if (from === undefined || from === null) return [];
  throw notAddress(from);
}

function named(value: unknown): NamedFile {
  const uri = addressOf(value);
  return { name: uri.slice(uri.lastIndexOf("/") + 1), uri };
}

function addressOf(value: unknown): string {
  if (typeof value !== "string" || !/^[a-z]+:\/\/\S/.test(value.trim())) throw notAddress(value);
  return value.trim();
}

function notAddress(value: unknown): TaskFailure {
  const shown = (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 80);
  return new TaskFailure(
    `\`from\` names "${shown}", which is no address of a file. Give a kestra:///… address such as {{ outputs.dump.uri }}, a list of them, or a map of names and addresses.`,
  );
}

function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder.replace(/\/+$/, "")}/${name}`;
}
