import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pluginList } from "./plugin-list.ts";
import type { GeneratedPage } from "./reference/generated-page.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Folders in which every file is generated. */
const OWNED = ["docs/reference/tasks"];

const isWriting = process.argv.includes("--write");
const stale: string[] = [];

// First, since the command reads it when it is imported, and the pages tell what the command knows.
await settle(await pluginList(ROOT));
const { generatedPages } = await import("./generated-pages.ts");
const pages = await generatedPages(ROOT);
for (const page of pages) await settle(page);
for (const path of await leftovers(pages)) {
  stale.push(path);
  if (isWriting) await rm(join(ROOT, path));
}
if (stale.length === 0) process.stdout.write("generated parts are fresh\n");
else if (isWriting) process.stdout.write(`written: ${stale.join(", ")}\n`);
else {
  const lines = stale.map((path) => `${path}: stale — npm run generated -- --write renews it\n`);
  process.stderr.write(lines.join(""));
  process.exitCode = 1;
}

async function settle({ path, text }: GeneratedPage): Promise<void> {
  if ((await read(path)) === text) return;
  stale.push(path);
  if (!isWriting) return;
  await mkdir(dirname(join(ROOT, path)), { recursive: true });
  await writeFile(join(ROOT, path), text);
}

async function leftovers(pages: readonly GeneratedPage[]): Promise<readonly string[]> {
  const wanted = new Set(pages.map(({ path }) => path));
  const found = await Promise.all(
    OWNED.map(async (folder) => (await readdir(join(ROOT, folder))).map((name) => `${folder}/${name}`)),
  );
  return found.flat().filter((path) => !wanted.has(path));
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(join(ROOT, path), "utf8");
  } catch {
    return undefined; // Not written yet.
  }
}
