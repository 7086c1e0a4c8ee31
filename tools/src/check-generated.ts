import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawModuleGraph, withGraph } from "./module-graph.ts";

const ROOT = join(import.meta.dirname, "../..");
const page = join(ROOT, "ARCHITECTURE.md");
const text = await readFile(page, "utf8");
const fresh = withGraph(text, await drawModuleGraph(ROOT));
if (text === fresh) process.stdout.write("generated parts are fresh\n");
else if (process.argv.includes("--write")) await writeFile(page, fresh);
else {
  process.stderr.write(
    "ARCHITECTURE.md: the graph of the packages is stale — node tools/src/check-generated.ts --write renews it\n",
  );
  process.exitCode = 1;
}
