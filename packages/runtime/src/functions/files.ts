import type { HostFunction } from "@capstan/expression";
import { TaskFailure } from "@capstan/sdk";
import { namespaceFilePath } from "@capstan/storage";
import { optionalText, textOf } from "./arguments.ts";
import type { FunctionHost } from "./function-host.ts";

const URI = /^[a-z]+:\/\//;

/** Functions that read files: of executions by their `kestra:///…` address, of a namespace by their path. */
export function fileFunctions(host: FunctionHost) {
  const address = ({ path, namespace, version }: Record<string, unknown>) => {
    if (version !== undefined && version !== null)
      throw new TaskFailure("versions of namespace files are not kept: leave the argument `version` out");
    const name = textOf("path", path);
    return URI.test(name) ? name : namespaceFileUri(optionalText("namespace", namespace) ?? host.namespace, name);
  };
  return {
    read: (args) => host.files.text(address(args)),
    fileURI: address,
    fileSize: (args) => host.files.sizeBytes(address(args)),
    isFileEmpty: async (args) => (await host.files.sizeBytes(address(args))) === 0,
    fileExists: async (args) => {
      try {
        await host.files.sizeBytes(address(args));
        return true;
      } catch (error) {
        if (error instanceof TaskFailure) return false;
        throw error;
      }
    },
  } satisfies Record<string, HostFunction["call"]>;
}

/** Where a namespace file is kept: `kestra:///company/team/_files/path`. */
export function namespaceFileUri(namespace: string, path: string): string {
  return `kestra://${namespaceFilePath(namespace, path)}`;
}
