import { defineConfig } from "vitest/config";

/** Tests that install programs of others and start processes; they are run by name, never with the quick ones. */
export default defineConfig({
  test: {
    include: ["{packages,plugins,tools}/**/*.e2e.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    maxWorkers: 1,
    testTimeout: 600_000,
  },
});
