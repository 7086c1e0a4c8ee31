import { defineConfig } from "vitest/config";

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
          testTimeout: 30_000,
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
    ],
  },
});
