import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkFlow, formatDiagnostic } from "@capstan/model";
import { expect, test } from "vitest";
import { installedCatalogue } from "./catalogue.ts";
import { readFlowFiles } from "./flow-files.ts";
import { ROOT, runCommand } from "./testing/run-command.ts";

const EXAMPLES = join(ROOT, "examples");
const files = await readFlowFiles([EXAMPLES]);
const catalogue = installedCatalogue();
const own = files.filter(({ path }) => !path.includes("/platform/"));
const platform = files.filter(({ path }) => path.includes("/platform/"));
const name = (path: string) => path.slice(EXAMPLES.length + 1);

test("the examples are found", () => {
  expect(own.length).toBeGreaterThan(10);
  expect(platform).toHaveLength(3);
});

test.each(own.map((file) => [name(file.path), file] as const))(
  "%s is valid and says what it shows",
  (path, { source }) => {
    const { flow, diagnostics } = checkFlow(source, catalogue);
    expect(diagnostics.map((diagnostic) => formatDiagnostic(path, diagnostic))).toEqual([]);
    expect(flow?.description).toBeDefined();
  },
);

test.each(platform.map((file) => [name(file.path), file] as const))("%s has no error", (path, { source }) => {
  const { flow, diagnostics } = checkFlow(source, catalogue);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map((diagnostic) => formatDiagnostic(path, diagnostic))).toEqual([]);
  expect(flow?.description).toBeDefined();
});

const ENDING: Readonly<Record<string, "SUCCESS" | "WARNING">> = { "errors-and-finally.yaml": "WARNING" };
const waiting = new Set(["pause.yaml"]);
const running = own.map(({ path }) => name(path)).filter((path) => !waiting.has(path));

test.each(running)("%s runs to its end", async (path) => {
  const subflows = path === "subflow-parent.yaml" ? [join(EXAMPLES, "subflow-child.yaml")] : [];
  const { exitCode, stdout, stderr } = await runCommand([
    "run",
    join(EXAMPLES, path),
    ...subflows,
    "--json",
    "--timeout",
    "20s",
  ]);
  expect(JSON.parse(stdout).state.current, stdout + stderr).toBe(ENDING[path] ?? "SUCCESS");
  expect(exitCode).toBe(0);
});

const guides = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map((path) => join(ROOT, path));
const docs = await readdir(join(ROOT, "docs"), { recursive: true });
const pages = [...guides, ...docs.filter((path) => path.endsWith(".md")).map((path) => join(ROOT, "docs", path))];
const fenced = await Promise.all(
  pages.map(async (page) => {
    const text = await readFile(page, "utf8");
    const blocks = text.matchAll(/^```yaml\n(.*?)^```$/gms);
    return Array.from(blocks, ([, source = ""]) => [page.slice(ROOT.length + 1), source] as const);
  }),
);
const documented = fenced.flat().filter(([, source]) => /^tasks:/m.test(source));

test.each(documented)("a flow in %s is valid", (page, source) => {
  const { diagnostics } = checkFlow(source, catalogue);
  expect(diagnostics.map((diagnostic) => formatDiagnostic(page, diagnostic))).toEqual([]);
});
