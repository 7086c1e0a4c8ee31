import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkFlow, formatDiagnostic } from "@capstan/model";
import type { Runtime } from "@capstan/runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installedCatalogue } from "../catalogue.ts";
import { readNamedFlows } from "../flow-files.ts";
import { ROOT } from "../testing/run-command.ts";
import { endOf, startRuntime } from "../testing/start-runtime.ts";

const EXAMPLES = join(ROOT, "examples");
const { files } = await readNamedFlows([EXAMPLES]);
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

/** How an example ends, and with which inputs, where it is not SUCCESS with its own. */
const RUNS: Readonly<Record<string, { readonly inputs?: Record<string, unknown>; readonly ends?: string }>> = {
  "errors-and-finally.yaml": { ends: "WARNING" },
  "http-request.yaml": { inputs: { address: "http://127.0.0.1:1" }, ends: "WARNING" },
};
/** Gets its input from its parent. */
const running = own.filter(({ path }) => name(path) !== "for-each-item-batch.yaml");

describe("on one instance", () => {
  let runtime: Runtime;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const environment = { SECRET_API_TOKEN: Buffer.from("s3cr3t").toString("base64") };
    ({ runtime, stop } = await startRuntime({ environment }));
    for (const { source } of own) await runtime.flows.save("main", source);
  }, 60_000);
  afterAll(() => stop());

  test.each(running.map((file) => [name(file.path), file] as const))("%s runs to its end", async (path, file) => {
    const { inputs = {}, ends = "SUCCESS" } = RUNS[path] ?? {};
    const { namespace, id: flowId } = file;
    const { id } = await runtime.executions.create({ tenant: "main", namespace, flowId, inputs });
    if (path === "pause.yaml") await resume(runtime, id);
    const { state, runs } = await endOf(runtime, id);
    expect(state, runs).toBe(ends);
    const logs = await runtime.store.logs.search({ tenant: "main", executionId: id }, { offset: 0, limit: 1000 });
    expect(JSON.stringify(logs) + runs).not.toContain("s3cr3t");
  });
});

/** Resumes an execution once it has paused. */
function resume({ executions }: Runtime, id: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const following = executions.follow("main", id, ({ row }) => {
      if (row.state !== "PAUSED") return;
      following.stop();
      executions.resume("main", id, {}).then(resolve, reject);
    });
  });
}

test.each(files.map(({ path, source }) => [name(path), source] as const))(
  "%s says at its top what it shows, and the index lists it",
  async (path, source) => {
    expect(source).toMatch(/^# Shows .+\.\n# /);
    expect(await readFile(join(EXAMPLES, "README.md"), "utf8")).toContain(`[${path}](${path})`);
  },
);
