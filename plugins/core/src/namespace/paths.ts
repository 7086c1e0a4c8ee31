import { listOrText, text } from "@capstan/sdk";

/** Properties that the tasks of namespace files share. */
export const namespace = () => text().optional().describe("Namespace of the files. Default: that of this flow.");
export const files = () => listOrText().describe("Paths or globs in the namespace, such as `scripts/**`.");

/** Paths of namespace files carry no slash in front. */
export function withoutLeadingSlash(path: string): string {
  return path.replace(/^\/+/, "");
}

/** A path inside a folder; the folder may be written with or without slashes around it. */
export function inFolder(folder: string, path: string): string {
  const parent = withoutLeadingSlash(folder).replace(/\/+$/, "");
  return parent === "" ? withoutLeadingSlash(path) : `${parent}/${withoutLeadingSlash(path)}`;
}
