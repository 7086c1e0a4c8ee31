import { createReadStream } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  dynamic,
  listOrText,
  type Outputs,
  placeInside,
  type TaskContext,
  type TaskDefinition,
  TaskFailure,
  text,
} from "@capstan/sdk";
import { quoted } from "@capstan/sdk/commands";
import { z } from "zod";
import { toolTask } from "./tool-task.ts";

const IMAGE = "ghcr.io/kestra-io/dbt";
/** Bytes of `run_results.json` that are read to tell what became of the models. */
const RESULTS_BYTES_MAX = 67_108_864;

const manifest = (what: string) =>
  z
    .object({ key: text().describe("Key."), namespace: text().describe("Namespace.") })
    .optional()
    .describe(what);

const projectProperties = () => ({
  profiles: text().optional().describe("What `profiles.yml` says. Default: the project has its own."),
  projectDir: text()
    .optional()
    .describe("Folder of the project, below the working folder. Default: the working folder."),
  parseRunResults: dynamic(z.boolean())
    .default(true)
    .describe(
      "Whether `run_results.json` and `manifest.json` are kept, and what became of the models is told in the log.",
    ),
});

/** `dbt`, with its profiles, and the manifest of the run before. */
export const dbtCli = toolTask({
  type: "io.kestra.plugin.dbt.cli.DbtCLI",
  title: "Run commands with dbt",
  image: IMAGE,
  properties: () => ({
    ...projectProperties(),
    loadManifest: manifest(
      "Key-value with the manifest of an earlier run, which becomes `manifest.json` in the project.",
    ),
    storeManifest: manifest("Key-value that takes the manifest of this run, for later ones."),
    logFormat: dynamic(z.enum(["JSON", "TEXT", "DEBUG", "NONE"]))
      .default("JSON")
      .describe(
        "How much dbt logs: DEBUG for all, NONE to leave it to `env`; the others are the same here, readable lines.",
      ),
    engine: dynamic(z.enum(["CORE", "FUSION"]))
      .default("CORE")
      .describe("Which dbt the image has. Nothing depends on it."),
  }),
  example:
    "containerImage: ghcr.io/kestra-io/dbt-duckdb:latest\nnamespaceFiles:\n  enabled: true\nprofiles: |\n  shop:\n    target: dev\n    outputs:\n      dev: { type: duckdb, path: shop.db }\n" +
    "commands:\n  - dbt deps\n  - dbt build\n",
  prepare: async ({ profiles, projectDir, logFormat, loadManifest }, _written, context) => {
    if (loadManifest !== undefined) await writeManifest(context, loadManifest, projectDir);
    return {
      env: {
        DBT_PROJECT_DIR: projectDir,
        DBT_LOG_FORMAT: logFormat === "NONE" ? undefined : logFormat === "DEBUG" ? "debug" : "text",
      },
      ...profilesOf(profiles),
    };
  },
  finish: async ({ projectDir, parseRunResults, storeManifest }, outputs, context) => {
    if (storeManifest !== undefined) await keepManifest(context, storeManifest, projectDir);
    return parseRunResults ? withResults(context, outputs, projectDir) : outputs;
  },
});

/** The commands that had tasks of their own. */
const COMMANDS = {
  Build: "build",
  Compile: "compile",
  Deps: "deps",
  Freshness: "source freshness",
  List: "list",
  Run: "run",
  Seed: "seed",
  Snapshot: "snapshot",
  Test: "test",
} as const;

/** `dbt.cli.Build` and its kin: one command of dbt, with its options as properties. */
export const dbtCommands: readonly TaskDefinition[] = Object.entries(COMMANDS).map(([name, command]) =>
  toolTask({
    type: `io.kestra.plugin.dbt.cli.${name}`,
    title: `Run dbt ${command} with dbt`,
    deprecated: "Use `DbtCLI`.",
    image: IMAGE,
    properties: () => ({
      ...projectProperties(),
      commands: dynamic(z.array(text())).optional().meta({ deprecated: true, description: "Has no effect." }),
      dbtPath: text().default("./bin/dbt").describe("Path of dbt; `dbt` where there is no such file."),
      debug: dynamic(z.boolean()).default(false).describe("Whether dbt logs all."),
      warnError: dynamic(z.boolean()).default(false).describe("Whether a warning of dbt fails the task."),
      thread: dynamic(z.int().positive()).optional().describe("Threads."),
      fullRefresh: dynamic(z.boolean()).default(false).describe("Whether incremental models are built anew."),
      target: text().optional().describe("Target of the profile."),
      selector: text().optional().describe("Name of a selector."),
      select: listOrText().optional().describe("Models to take."),
      exclude: listOrText().optional().describe("Models to leave out."),
    }),
    example: "namespaceFiles:\n  enabled: true\n",
    prepare: (properties) => ({
      env: { DBT_PROJECT_DIR: properties.projectDir },
      ...profilesOf(properties.profiles, [
        `CAPSTAN_DBT=${quoted(properties.dbtPath)}; if [ ! -x "$CAPSTAN_DBT" ]; then CAPSTAN_DBT=dbt; fi`,
      ]),
      lines: [wordsOf(command, properties).join(" ")],
    }),
    finish: async ({ projectDir, parseRunResults }, outputs, context) =>
      parseRunResults ? withResults(context, outputs, projectDir) : outputs,
  }),
);

interface CommandWords {
  readonly debug: boolean;
  readonly warnError: boolean;
  readonly thread?: number | undefined;
  readonly fullRefresh: boolean;
  readonly target?: string | undefined;
  readonly selector?: string | undefined;
  readonly select?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

function wordsOf(command: string, properties: CommandWords): readonly string[] {
  const option = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name} ${quoted(String(value))}`];
  const options = (name: string, values: readonly string[] = []) =>
    values.length === 0 ? [] : [`--${name} ${values.map(quoted).join(" ")}`];
  return [
    '"$CAPSTAN_DBT"',
    ...(properties.debug ? ["--debug"] : []),
    ...(properties.warnError ? ["--warn-error"] : []),
    command,
    ...option("threads", properties.thread),
    ...(properties.fullRefresh ? ["--full-refresh"] : []),
    ...option("target", properties.target),
    ...option("selector", properties.selector),
    ...options("select", properties.select),
    ...options("exclude", properties.exclude),
  ];
}

function profilesOf(profiles: string | undefined, setup: readonly string[] = []) {
  if (profiles === undefined) return { setup };
  return { files: { "profiles.yml": profiles }, setup: ['export DBT_PROFILES_DIR="$PWD"', ...setup] };
}

type Key = { readonly key: string; readonly namespace: string };

async function projectFile(
  context: TaskContext<unknown>,
  projectDir: string | undefined,
  name: string,
): Promise<string> {
  return placeInside(await context.workingDirectory(), join(projectDir ?? ".", name));
}

async function writeManifest(
  context: TaskContext<unknown>,
  { key, namespace }: Key,
  projectDir: string | undefined,
): Promise<void> {
  const found = await context.services.keyValues.get(namespace, key);
  if (found === undefined) return context.log.warn(`There is no manifest yet: ${namespace} has no key-value ${key}.`);
  const path = await projectFile(context, projectDir, "manifest.json");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof found.value === "string" ? found.value : JSON.stringify(found.value));
}

async function keepManifest(
  context: TaskContext<unknown>,
  { key, namespace }: Key,
  projectDir: string | undefined,
): Promise<void> {
  const path = await projectFile(context, projectDir, "target/manifest.json");
  const source = await readFile(path, "utf8").catch((error: unknown) => {
    throw new TaskFailure("dbt left no `target/manifest.json` to store: no command of it makes one.", { cause: error });
  });
  await context.services.keyValues.set(namespace, key, source, { type: "STRING" });
}

interface RunResults {
  readonly results?: readonly {
    readonly unique_id?: string;
    readonly status?: string;
    readonly message?: string | null;
  }[];
}

/** Keeps what dbt wrote of the run, and tells what became of the models. */
async function withResults(
  context: TaskContext<unknown>,
  outputs: Outputs,
  projectDir: string | undefined,
): Promise<Outputs> {
  const kept: Record<string, string> = {};
  for (const name of ["run_results.json", "manifest.json"]) {
    const path = await projectFile(context, projectDir, `target/${name}`);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) continue;
    kept[name] = await context.files.put(name, createReadStream(path));
    if (name === "run_results.json" && found.size <= RESULTS_BYTES_MAX) tell(context, await readFile(path, "utf8"));
  }
  return { ...outputs, outputFiles: { ...kept, ...(outputs["outputFiles"] as object) } };
}

function tell({ log, metric }: TaskContext<unknown>, source: string): void {
  const { results = [] } = JSON.parse(source) as RunResults;
  const byStatus = Map.groupBy(results, ({ status = "unknown" }) => status);
  for (const [status, all] of byStatus)
    metric({ name: "dbt.results", type: "counter", value: all.length, tags: { status } });
  log.info(`dbt: ${Array.from(byStatus, ([status, all]) => `${all.length} ${status}`).join(", ")}`);
  for (const { unique_id: id, message } of byStatus.get("warn") ?? []) log.warn(`${id}: ${message ?? "a warning"}`);
}
