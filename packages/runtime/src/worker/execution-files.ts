import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type ExecutionFiles, type LocalFiles, TaskFailure } from "@capstan/sdk";
import { executionFolder, formatUri, type Storage, taskFilePath, triggerFilePath } from "@capstan/storage";
import { namespaceFileUri } from "../functions/files.ts";

export { executionFolder as executionFolderOf } from "@capstan/storage";

/** Whose files: enough of the identity of a task run or a trigger to find their folder. */
export type FileOwner = {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly executionId: string;
} & ({ readonly taskId: string; readonly taskRunId: string } | { readonly triggerId: string });

/**
 * Internal storage for one attempt. It writes below the folder of its task run or trigger and reads every file of its tenant.
 * `localFiles` says which files of this machine `file://` addresses may reach.
 */
export function executionFiles(storage: Storage, owner: FileOwner, localFiles: LocalFiles): ExecutionFiles {
  const { tenant } = owner;
  const sized = async (uri: string) => {
    const path = await localFiles.locate(uri, "read");
    return { path, sizeBytes: await localSize(uri, path) };
  };
  const sizeOf = async (uri: string): Promise<number> => {
    if (uri.startsWith("file:")) return (await sized(uri)).sizeBytes;
    const found = await storage.stat(tenant, storageUri(uri, owner.namespace));
    if (found === undefined || found.type !== "file") throw missing(uri);
    return found.sizeBytes;
  };
  const read = async (uri: string): Promise<Readable> => {
    if (uri.startsWith("file:")) return createReadStream((await sized(uri)).path);
    await sizeOf(uri);
    return storage.read(tenant, storageUri(uri, owner.namespace));
  };
  return {
    put: (name, content) => storage.put(tenant, ownPath(owner, fileName(name)), content),
    read,
    text: async (uri) => text(await read(uri)),
    sizeBytes: sizeOf,
    delete: async (uri) => {
      if (uri.startsWith("file:"))
        throw new TaskFailure(`The file ${uri} is outside of the internal storage: it is not deleted.`);
      return storage.delete(tenant, storageUri(uri, owner.namespace));
    },
    purgeExecution: async () => {
      const uris: string[] = [];
      for await (const { path } of storage.walk(tenant, executionFolder(owner))) uris.push(formatUri(path));
      await storage.delete(tenant, executionFolder(owner));
      return uris;
    },
  };
}

function ownPath(owner: FileOwner, name: string): string {
  return "triggerId" in owner ? triggerFilePath(owner, name) : taskFilePath(owner, name);
}

/** The `kestra:///…` address that stands for an address of the other kinds. Throws `TaskFailure` for anything else. */
function storageUri(uri: string, namespace: string): string {
  const [, scheme, host = "", path = ""] = /^([a-z]+):\/\/([^/]*)(\/.*)$/.exec(uri) ?? [];
  if (path.split("/").includes("..")) throw new TaskFailure(`The address ${uri} must not contain \`..\`.`);
  if (scheme === "kestra" && host === "") return uri;
  if (scheme === "nsfile") return namespaceFileUri(host === "" ? namespace : host, path);
  throw new TaskFailure(`"${uri}" is no address of a file: expected kestra:///…, nsfile:///… or file:///…`);
}

async function localSize(uri: string, path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw missing(uri);
  }
}

/** A name of its own for each file; the end of the name given is kept, because it tells what kind of file it is. */
function fileName(name: string): string {
  const last = name.split("/").at(-1) ?? "";
  const safe = last.replaceAll(/[^\p{L}\p{N}._-]/gu, "_").slice(-150);
  return `${randomBytes(8).toString("hex")}${safe === "" ? "" : `-${safe}`}`;
}

function missing(uri: string): TaskFailure {
  return new TaskFailure(`The file ${uri} does not exist. Check where its address comes from.`);
}
