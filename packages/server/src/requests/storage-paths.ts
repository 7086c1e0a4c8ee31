import { executionFolder as storedFolder, namespaceFilePath as storedPath, slugify } from "@capstan/storage";
import { Refusal } from "../refusal.ts";

/** The folder of an execution in internal storage, as its URIs show it. */
export function executionFolder({ namespace, flowId, id }: { namespace: string; flowId: string; id: string }): string {
  return storedFolder({ namespace, flowId, executionId: id });
}

/** Where the file of an input is kept; `upload` keeps apart what is sent for the same input later. */
export function inputPath(folder: string, inputId: string, fileName: string, upload?: string): string {
  const inputFolder = `${folder}/inputs/${slugify(inputId) || "input"}`;
  return `${upload === undefined ? inputFolder : `${inputFolder}/${upload}`}/${safeFileName(fileName)}`;
}

/** The name of an uploaded file as the last segment of a path. */
export function safeFileName(fileName: string): string {
  const name = fileName
    .replaceAll(/[^\w.-]/g, "_")
    .replace(/^\.+/, "_")
    .slice(-128);
  return name || "file";
}

/** The path in internal storage of a namespace file. Throws 422 for a path that leaves its namespace or is reserved. */
export function namespaceFilePath(namespace: string, path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  const isUnsafe = segments.some((segment) => segment === "." || segment === ".." || /[\\\0]/.test(segment));
  if (isUnsafe) throw new Refusal("path-invalid", `Not a path within a namespace: "${path}"`);
  if (segments[0]?.startsWith("_flows") === true)
    throw new Refusal("path-reserved", "Paths that begin with _flows are reserved");
  return storedPath(namespace, segments.join("/")).replace(/\/$/, "");
}

/** The path of a `kestra:///…` URI. Throws 422 for any other text, and for one with `.` or `..` in it. */
export function storagePath(uri: string): string {
  const path = /^kestra:\/\/(\/.+)$/.exec(uri)?.[1];
  const isUnsafe = path === undefined || /[\\\0]|%2e|%2f|\/\.{1,2}(?:\/|$)/i.test(path);
  if (isUnsafe) throw new Refusal("path-invalid", "The path is not a kestra:///… URI of a file");
  return path;
}
