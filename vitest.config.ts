import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,plugins,benchmarks,tools}/**/*.{test,conformance,sim}.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
