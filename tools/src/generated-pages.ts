import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { allRoutes } from "@capstan/api";
import { plugins } from "./plugin-list.ts";
import { describeCoverage, readRoutes } from "./api-coverage.ts";
import { drawModuleGraph, withGraph } from "./module-graph.ts";
import { commandLinePage } from "./reference/command-line-page.ts";
import { configurationPage } from "./reference/configuration-page.ts";
import { errorPage } from "./reference/error-page.ts";
import { expressionPage } from "./reference/expression-page.ts";
import type { GeneratedPage } from "./reference/generated-page.ts";
import { proofPage } from "./reference/proof-page.ts";
import { reasonPage } from "./reference/reason-page.ts";
import { typePages } from "./reference/type-pages.ts";

/** Everything that is generated from what the product says of itself. */
export async function generatedPages(root: string): Promise<readonly GeneratedPage[]> {
  return [
    await architecture(root),
    await apiCoverage(root),
    configurationPage(),
    commandLinePage(),
    errorPage(),
    expressionPage(),
    proofPage(await plugins(root)),
    reasonPage(),
    ...typePages(),
  ];
}

async function architecture(root: string): Promise<GeneratedPage> {
  const path = "ARCHITECTURE.md";
  return { path, text: withGraph(await readFile(join(root, path), "utf8"), await drawModuleGraph(root)) };
}

async function apiCoverage(root: string): Promise<GeneratedPage> {
  const list = await readFile(join(root, "tools/src/kestra-routes.txt"), "utf8");
  const text = describeCoverage(Object.values(allRoutes), readRoutes(list));
  return { path: "docs/reference/api-coverage.md", text };
}
