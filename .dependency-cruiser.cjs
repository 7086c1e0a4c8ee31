// Who may import whom: one rule for each package, named after its reason. ARCHITECTURE.md draws the result.
const TEST_CODE = String.raw`\.(test|sim|bench|conformance|e2e|kubernetes)\.ts$|/(testing|conformance)/|/test-kit`;
const OURS = "^(packages|plugins|simulation|benchmarks|tools|e2e)/";

/** Product code of `folder` may import, of this repository, only itself and `allowed`. */
function only(name, comment, folder, allowed) {
  const reachable = [folder, ...allowed].map((one) => `^${one}/`).join("|");
  return {
    name,
    comment,
    severity: "error",
    from: { path: `^${folder}/`, pathNot: TEST_CODE },
    to: { path: OURS, pathNot: reachable },
  };
}

/** Product code of `folder` uses nothing of Node itself. */
function withoutNode(name, comment, folder) {
  return {
    name,
    comment,
    severity: "error",
    from: { path: `^${folder}/`, pathNot: TEST_CODE },
    to: { dependencyTypes: ["core"] },
  };
}

const packages = (...names) => names.map((name) => `packages/${name}`);

module.exports = {
  forbidden: [
    only("expression-stands-alone", "The language is the lowest layer.", "packages/expression", []),
    withoutNode(
      "expression-is-pure",
      "Rendering must give the same answer again; see ADR 2 and 3.",
      "packages/expression",
    ),
    only(
      "model-knows-no-plugins",
      "It gets a catalogue as an argument, so that any set of plugins can be checked.",
      "packages/model",
      packages("expression"),
    ),
    withoutNode("model-is-pure", "The editor checks flows in the browser with it.", "packages/model"),
    only(
      "engine-is-pure",
      "Replay and simulation need it; see ADR 2.",
      "packages/engine",
      packages("model", "expression"),
    ),
    withoutNode("engine-touches-no-machine", "No input, output or clock; see ADR 2.", "packages/engine"),
    only(
      "sdk-is-small",
      "It is all that a plugin author sees; what it imports becomes public.",
      "packages/sdk",
      packages("model"),
    ),
    only(
      "store-keeps-rows",
      "It stores what the engine decides, and decides nothing.",
      "packages/store",
      packages("engine", "model"),
    ),
    only("storage-keeps-files", "Files know nothing of executions.", "packages/storage", packages("sdk", "model")),
    only(
      "runtime-serves-nobody",
      "It does work; who asks for it (API, command line, test) is not its concern. Plugins are given to it.",
      "packages/runtime",
      packages("engine", "store", "storage", "sdk", "model", "expression"),
    ),
    only("api-is-data", "Clients take their types from it.", "packages/api", packages("model")),
    only(
      "server-knows-no-plugins",
      "It shows what the runtime does; plugins are reached through the catalogue.",
      "packages/server",
      packages("api", "runtime", "store", "storage", "model", "expression"),
    ),
    {
      name: "plugins-see-only-the-sdk",
      comment: "A plugin must work with every version of the rest, and must not need another plugin.",
      severity: "error",
      from: { path: "^plugins/([^/]+)/", pathNot: TEST_CODE },
      to: { path: OURS, pathNot: "^plugins/$1/|^packages/sdk/" },
    },
    {
      name: "nobody-imports-the-command",
      comment: "The command line wires the parts together; only the generators of the reference look at it.",
      severity: "error",
      from: { pathNot: "^packages/cli/|^tools/src/reference/" },
      to: { path: "^packages/cli/" },
    },
    {
      name: "nobody-imports-the-outside",
      comment:
        "Simulation, benchmarks, end-to-end tests and tools look at the product; the product does not know them.",
      severity: "error",
      from: { path: "^(packages|plugins)/" },
      to: { path: "^(simulation|benchmarks|tools|e2e)/" },
    },
    {
      name: "no-deep-imports",
      comment: "A package is used through its door, so that it can change behind it.",
      severity: "error",
      from: { path: "^(packages/[^/]+|plugins/[^/]+|simulation|benchmarks|tools|e2e)/" },
      to: {
        path: "^(packages|plugins)/[^/]+/src/",
        pathNot:
          "^$1/|/src/(index|postgres|s3|http|commands|egress|objects|tar|reference|test-kit|conformance)\\.ts$|/src/conformance/",
      },
    },
    {
      name: "no-circular",
      comment: "Two files that need each other are one thought; find the third file both should know.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-orphans",
      comment: "Nobody uses this file. Threads and child processes are started by path, so their files are named here.",
      severity: "error",
      from: {
        orphan: true,
        pathNot: `${TEST_CODE}|/bin/|/src/index\\.ts$|(writer|worker-thread|thread|helper|main)\\.ts$|\\.config\\.ts$`,
      },
      to: {},
    },
    {
      name: "no-test-code-in-product",
      comment: "What only tests need must not reach a user.",
      severity: "error",
      from: { path: "^(packages|plugins)/", pathNot: TEST_CODE },
      to: {
        path: String.raw`\.(test|sim|bench|conformance|e2e|kubernetes)\.ts$|/testing/|^node_modules/(vitest|fast-check)/`,
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/node_modules/|/dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js"],
    },
    reporterOptions: {
      mermaid: { minify: false },
    },
  },
};
