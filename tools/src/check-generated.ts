import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { allRoutes } from "@capstan/api";
import { describeCoverage, readRoutes } from "./api-coverage.ts";
import { drawModuleGraph, withGraph } from "./module-graph.ts";
import { commandLinePage } from "./reference/command-line-page.ts";
import { configurationPage } from "./reference/configuration-page.ts";
import { errorPage } from "./reference/error-page.ts";
import { expressionPage } from "./reference/expression-page.ts";
import type { GeneratedPage } from "./reference/generated-page.ts";
import { reasonPage } from "./reference/reason-page.ts";
import { typePages } from "./reference/type-pages.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Folders in which every file is generated. */
const OWNED = ["docs/reference/tasks"];

const pages: readonly GeneratedPage[] = [
  await architecture(),
  await apiCoverage(),
  configurationPage(),
  commandLinePage(),
  errorPage(),
  expressionPage(),
  reasonPage(),
  ...typePages(),
];
const isWriting = process.argv.includes("--write");
const stale: string[] = [];
for (const { path, text } of pages) {
  if ((await read(path)) === text) continue;
  stale.push(path);
  if (!isWriting) continue;
  await mkdir(dirname(join(ROOT, path)), { recursive: true });
  await writeFile(join(ROOT, path), text);
}
for (const path of await leftovers()) {
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

async function architecture(): Promise<GeneratedPage> {
  const path = "ARCHITECTURE.md";
  return { path, text: withGraph((await read(path)) ?? "", await drawModuleGraph(ROOT)) };
}

async function apiCoverage(): Promise<GeneratedPage> {
  const list = (await read("tools/src/kestra-routes.txt")) ?? "";
  const text = describeCoverage(Object.values(allRoutes), readRoutes(list));
  return { path: "docs/reference/api-coverage.md", text };
}

async function leftovers(): Promise<readonly string[]> {
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
