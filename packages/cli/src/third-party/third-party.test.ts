import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { runCommand, temporaryFiles } from "../testing/run-command.ts";
import { type PackageSource, serveRegistry, writePackage } from "./npm-registry.fixture.ts";

/** A plugin as its author writes it: it has no SDK of its own. */
const GREETINGS: PackageSource = {
  name: "@acme/greetings",
  version: "1.2.3",
  description: {
    type: "module",
    exports: "./plugin.js",
    peerDependencies: { "@capstan/sdk": "^0.1.0", zod: "^4.0.0" },
    scripts: { preinstall: "echo ran > ../../../../script-ran" },
  },
  files: {
    "plugin.js": `import { definePlugin, defineTask, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
export default definePlugin({
  name: "greetings", title: "Greetings", category: "Test",
  definitions: [
    defineTask({
      type: "com.acme.greetings.Hello",
      aliases: ["com.acme.Hello"],
      title: "Greets",
      properties: () => z.object({ name: text().describe("Whom.") }),
      outputs: () => z.object({ greeting: z.string() }),
      run: async ({ properties }) => {
        if (properties.name === "nobody") throw new TaskFailure("there is nobody", { outputs: { greeting: "none" } });
        return { greeting: "Hello " + properties.name };
      },
    }),
  ],
});
`,
  },
};
const FLOW = (type: string, name = "Ada") => `id: greets
namespace: a.b
tasks:
  - id: hello
    type: ${type}
    name: ${name}
  - id: told
    type: io.kestra.plugin.core.log.Log
    message: "told {{ outputs.hello.greeting }}"
errors:
  - id: failed
    type: io.kestra.plugin.core.log.Log
    message: "failed with {{ outputs.hello.greeting }}"
`;

let path: (name: string) => string;
beforeEach(async () => {
  path = await temporaryFiles({
    "flow.yaml": FLOW("com.acme.greetings.Hello"),
    "nobody.yaml": FLOW("com.acme.Hello", "nobody"),
  });
});

const folder = () => path("plugins");
/** Settings by variables. */
const settings = (more: Readonly<Record<string, string>> = {}) => ({
  environment: { CAPSTAN_PLUGINS_FOLDER: folder(), ...more },
});
const allowing = (names: string) => settings({ CAPSTAN_PLUGINS_ALLOW: names });
const drop = (source: PackageSource, name = source.name) => writePackage(join(folder(), name), source);

test("a plugin in the folder is listed, told of, checked for and run, once it is allowed", async () => {
  drop(GREETINGS);
  const list = await runCommand(["plugin", "list", "greets", "--json"], allowing("@acme/*"));
  expect(JSON.parse(list.stdout)).toEqual([
    {
      type: "com.acme.greetings.Hello",
      aliases: ["com.acme.Hello"],
      kind: "task",
      title: "Greets",
      deprecated: false,
      source: "native",
      package: "@acme/greetings@1.2.3",
    },
  ]);
  expect((await runCommand(["plugin", "doc", "com.acme.Hello"], allowing("@acme/*"))).stdout).toContain("Whom.");
  const misspelt = path("flow.yaml");
  expect((await runCommand(["validate", misspelt], allowing("@acme/*"))).stdout).toContain("0 errors, 0 warnings");
  const schema = await runCommand(["schema"], allowing("@acme/greetings"));
  expect(schema.stdout).toContain("com.acme.greetings.Hello");
  const run = await runCommand(["run", path("flow.yaml")], allowing("@acme/*"));
  expect(run.stdout).toContain("told Hello Ada");
  expect(run.exitCode).toBe(0);
});

test("its failures are failures of tasks: their outputs are kept", async () => {
  drop(GREETINGS, "any-name");
  const { stdout, exitCode } = await runCommand(["run", path("nobody.yaml")], allowing("@acme/greetings"));
  expect(stdout).toContain("there is nobody");
  expect(stdout).toContain("failed with none");
  expect(exitCode).toBe(1);
});

test("without leave it is not loaded, and that is told", async () => {
  drop(GREETINGS);
  const { stdout, stderr } = await runCommand(["validate", path("flow.yaml")], allowing("@other/*"));
  expect(stderr).toContain("the plugin @acme/greetings@1.2.3 in ");
  expect(stderr).toContain("is not loaded: neither plugins.allow nor plugins.packages names it");
  expect(stdout).toContain("com.acme.greetings.Hello");
  expect(stdout).toContain("1 warning");
});

test("npm installs it in its version without running its scripts, and the configuration can insist on it", async () => {
  const registry = await serveRegistry(path("registry"), [GREETINGS]);
  const environment = { CAPSTAN_PLUGINS_PACKAGES: "@acme/greetings@1.2.3", npm_config_registry: registry };
  const missing = await runCommand(["run", path("flow.yaml")], settings(environment));
  expect(missing).toMatchObject({
    exitCode: 2,
    stderr: `plugins.packages: @acme/greetings@1.2.3 must be in ${folder()}, and it is not — run capstan plugin install\n`,
  });
  const installed = await runCommand(["plugin", "install"], settings(environment));
  expect(installed.stdout, installed.stderr).toContain("@acme/greetings@1.2.3\n  com.acme.greetings.Hello  task\n");
  expect(existsSync(join(dirname(folder()), "script-ran"))).toBe(false);
  expect(readFileSync(join(folder(), "package-lock.json"), "utf8")).toContain('"integrity": "sha512-');
  expect(existsSync(join(folder(), "node_modules/@capstan"))).toBe(false);
  expect((await runCommand(["run", path("flow.yaml")], settings(environment))).stdout).toContain("told Hello Ada");
  const newer = settings({ ...environment, CAPSTAN_PLUGINS_PACKAGES: "@acme/greetings@1.3.0" });
  expect((await runCommand(["run", path("flow.yaml")], newer)).stderr).toContain("and version 1.2.3 is");
  expect((await runCommand(["plugin", "install"], newer)).stderr).toContain("npm install failed:");
});

test("what is no plugin is removed again", async () => {
  const other: PackageSource = { name: "left-pad", version: "1.0.0", files: { "index.js": "module.exports = {};" } };
  const environment = {
    CAPSTAN_PLUGINS_ALLOW: "*",
    npm_config_registry: await serveRegistry(path("registry"), [other]),
  };
  const { exitCode, stderr } = await runCommand(["plugin", "install", "left-pad@1.0.0"], settings(environment));
  expect(exitCode).toBe(1);
  expect(stderr).toContain("left-pad@1.0.0 is no plugin, and was removed");
  expect(existsSync(join(folder(), "node_modules/left-pad"))).toBe(false);
});

test.each([
  ["@acme/greetings", "name a package in one version"],
  ["@acme/greetings@latest", "name a package in one version"],
  ["@acme/greetings@1.2.3", "neither plugins.allow nor plugins.packages names it"],
])("%s is not installed", async (name, reason) => {
  expect(await runCommand(["plugin", "install", name], settings())).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(reason),
  });
  expect(existsSync(folder())).toBe(false);
});

test.each<[string, PackageSource, string]>([
  [
    "code that fails",
    { ...GREETINGS, files: { "plugin.js": "throw new Error('broken');" } },
    "can't be loaded: broken",
  ],
  ["no module", { ...GREETINGS, files: {} }, "the module of the plugin is not found"],
  [
    "a type that is there already",
    {
      ...GREETINGS,
      description: {
        ...GREETINGS.description,
        capstan: { types: [{ type: "io.kestra.plugin.core.log.Log", element: "task" }] },
      },
    },
    "the plugin @acme/greetings@1.2.3 defines io.kestra.plugin.core.log.Log, which this installation has already",
  ],
  [
    "a mistaken list of types",
    { ...GREETINGS, description: { ...GREETINGS.description, capstan: { types: "all" } } },
    "package.json: ",
  ],
])("a plugin with %s stops the start with the reason", async (_name, source, reason) => {
  drop(source);
  expect(await runCommand(["run", path("flow.yaml")], allowing("@acme/*"))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(reason),
  });
});

test("a plugin that lists its types is loaded when one of them is used", async () => {
  const types = [{ type: "com.acme.greetings.Hello", element: "task" }];
  const files = { "plugin.js": "throw new Error('broken');" };
  drop({ ...GREETINGS, files, description: { ...GREETINGS.description, capstan: { types } } });
  const other = await temporaryFiles({
    "f.yaml": "id: f\nnamespace: a.b\ntasks:\n  - id: t\n    type: core.log.Log\n    message: hi\n",
  });
  expect((await runCommand(["run", other("f.yaml")], allowing("@acme/*"))).exitCode).toBe(0);
});
