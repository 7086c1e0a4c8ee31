import { TaskFailure } from "@capstan/sdk";

/** A file to upload, and the blob that it becomes. */
export interface UploadSource {
  readonly name: string;
  readonly uri: string;
  readonly blob: string;
}

/**
 * What `from` names: one address, a list of them, a map of names and addresses, or JSON text of these. One file becomes the blob `name`
 * itself, unless that ends like a folder; several become `<name>/<name of the file>`. Throws `TaskFailure` for nothing, for what is no address, and
 * for two files that would become one blob.
 */
export function uploadSources(from: unknown, name: string): readonly UploadSource[] {
  const files = namedFiles(parsed(from));
  if (files.length === 0)
    throw new TaskFailure("There is nothing to upload: `from` is empty. Check what the task before has put out.");
  const isFolder = files.length > 1 || name === "" || name.endsWith("/");
  const sources = files.map((file) => ({ ...file, blob: isFolder ? joined(name, file.name) : name }));
  const known = new Map<string, string>();
  for (const source of sources) {
    const other = known.get(source.blob);
    if (other !== undefined)
      throw new TaskFailure(
        `${other} and ${source.uri} would both become ${source.blob}. Give \`from\` as a map of names and addresses.`,
      );
    known.set(source.blob, source.uri);
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
