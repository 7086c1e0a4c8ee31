import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

const SKIPPED = new Set(["node_modules", "dist", "coverage"]);

/** Every TypeScript, JavaScript, Markdown and JSON file of the repository; hidden folders are left out. */
export function readSourceTree(root: string): Promise<readonly SourceFile[]> {
  return readFolder(root, "");
}

async function readFolder(root: string, folder: string): Promise<readonly SourceFile[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = entries.map(async (entry): Promise<readonly SourceFile[]> => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.has(entry.name) || entry.name.startsWith(".") ? [] : readFolder(root, path);
    if (!entry.isFile() || !/\.(ts|js|cjs|md|json)$/.test(entry.name)) return [];
    return [{ path, text: await readFile(join(root, path), "utf8") }];
  });
  return (await Promise.all(found)).flat();
}
