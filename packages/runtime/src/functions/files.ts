import { TaskFailure } from "@capstan/sdk";
import { namespaceFilePath } from "@capstan/storage";
import { optionalText, textOf } from "./arguments.ts";
import type { FunctionHost } from "./function-host.ts";

const URI = /^([a-z]+):\/\//;
const SCHEMES: ReadonlySet<string> = new Set(["kestra", "nsfile", "file"]);

type Given = Record<string, unknown>;

/** Functions that read files: of executions by their `kestra:///…` address, of a namespace by their path. */
export const fileFunctions = {
  read: (host, args) => host.files.text(address(host, args)),
  fileURI: address,
  fileSize: (host, args) => host.files.sizeBytes(address(host, args)),
  isFileEmpty: async (host, args) => (await host.files.sizeBytes(address(host, args))) === 0,
  fileExists: async (host, args) => {
    const uri = address(host, args);
    try {
      await host.files.sizeBytes(uri);
      return true;
    } catch (error) {
      if (error instanceof TaskFailure) return false;
      throw error;
    }
  },
} satisfies Record<string, (host: FunctionHost, args: Given) => unknown>;

function address({ namespace: own }: FunctionHost, { path, namespace, version, revision }: Given): string {
  if ((version ?? revision ?? null) !== null)
    throw new TaskFailure("versions of namespace files are not kept: leave `version` and `revision` out");
  const name = textOf("path", path);
  if (name.split("/").includes("..")) throw new TaskFailure(`the path ${name} must not contain \`..\``);
  const scheme = URI.exec(name)?.[1];
  if (scheme === undefined) return namespaceFileUri(optionalText("namespace", namespace) ?? own, name);
  if (SCHEMES.has(scheme)) return name;
  throw new TaskFailure(`"${name}" is no address of a file: expected kestra:///…, nsfile:///… or file:///…`);
}

/** Where a namespace file is kept: `kestra:///company/team/_files/path`. */
export function namespaceFileUri(namespace: string, path: string): string {
  return `kestra://${namespaceFilePath(namespace, path)}`;
}
