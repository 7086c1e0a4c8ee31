import { matchesGlob } from "node:path";

/** Whether one of the globs means a path. A glob without a slash means names in all folders; one may begin with a slash. */
export function isSelected(path: string, globs: readonly string[] | undefined): boolean {
  if (globs === undefined) return true;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return globs.some((written) => {
    const glob = written.replace(/^\/+/, "");
    return matchesGlob(path, glob) || (!glob.includes("/") && matchesGlob(name, glob));
  });
}
