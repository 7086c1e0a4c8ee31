import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Flows that others wrote, for tests that run them; they are left out where the folder is not there.
process.env["CAPSTAN_CORPUS"] ??= join(import.meta.dirname, "../shared/corpus");

const exclude = ["**/node_modules/**", "**/dist/**"];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["{packages,plugins,simulation,benchmarks,tools}/**/*.{test,conformance,sim}.ts"],
          exclude,
          // For what hangs: a busy machine may take twenty times as long as an idle one.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["{e2e,packages,plugins}/**/*.e2e.ts"],
          exclude,
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: "kubernetes",
          include: ["{e2e,plugins}/**/*.kubernetes.ts"],
          exclude,
          globalSetup: "e2e/cluster/for-tests.ts",
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
