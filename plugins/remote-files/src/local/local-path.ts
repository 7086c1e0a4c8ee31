import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { TaskFailure } from "@capstan/sdk";
import { nameOf, remotePath, targetPath } from "../remote-path.ts";

/** What paths of local files look like, for descriptions. */
export const PATH_FORMS = "an absolute path such as `/data/in`, or its `file://` address";

/**
 * A path of this machine as flows write it, in one spelling. Throws `TaskFailure` for a relative one, one with `..`, and for control
 * characters. Whether flows may use it is another question.
 */
export function localPath(property: string, written: string): string {
  return remotePath(absolute(property, written), "file://");
}

/** The same for a place that a file of this name goes to: a path that ends with a slash is the folder for it. */
export function localTarget(property: string, written: string, name: string): string {
  return targetPath(absolute(property, written), nameOf(name), "file://");
}

function absolute(property: string, written: string): string {
  const path = written.trim();
  try {
    if (path.startsWith("file:///")) return fileURLToPath(path);
    if (isAbsolute(path)) return path;
  } catch {
    // Such as one with an encoded slash: it is told below.
  }
  throw new TaskFailure(`\`${property}\` is "${written}": give ${PATH_FORMS}.`);
}
