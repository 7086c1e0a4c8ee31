import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, createThreadWorker, type InstalledPlugin, type Runtime } from "@capstan/runtime";
import type { Plugin } from "@capstan/sdk";
import { createLocalStorage } from "@capstan/storage";
import { createSqliteStore } from "@capstan/store";
import { pino } from "pino";
import { PLUGIN_MODULES, PLUGINS } from "../catalogue.ts";

export interface TestRuntimeOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** A plugin beside those of the installation, or in place of one that has a type of the same name, and the module from which workers load it. */
  readonly plugin?: { readonly manifest: Plugin; readonly module: string };
}

/** A whole instance in this process, with a folder of its own; `stop` removes it. */
export async function startRuntime({ environment, plugin }: TestRuntimeOptions) {
  const data = await mkdtemp(join(tmpdir(), "capstan-test-"));
  const storage = { directory: join(data, "storage") };
  const runtime = createRuntime({
    store: createSqliteStore({ path: join(data, "capstan.db") }),
    storage: createLocalStorage(storage),
    plugins: plugin === undefined ? PLUGINS : [...withoutTypesOf(plugin.manifest, PLUGINS), plugin.manifest],
    createWorker: (host) =>
      createThreadWorker({
        host,
        plugins:
          plugin === undefined ? PLUGIN_MODULES : [...withoutTypesOf(plugin.manifest, PLUGIN_MODULES), plugin.module],
        storage: { module: import.meta.resolve("@capstan/storage"), factory: "createLocalStorage", options: storage },
        taskRunners: { docker: "process", default: "process" },
      }),
    logger: pino({ level: "silent" }),
    environment,
  });
  await runtime.start();
  const stop = async () => {
    await runtime.stop({ graceMs: 100 });
    await rm(data, { recursive: true, force: true });
  };
  return { runtime, stop };
}

function withoutTypesOf<Listed extends Plugin | InstalledPlugin | string>(
  { definitions }: Plugin,
  plugins: readonly Listed[],
): readonly Listed[] {
  const names = new Set(definitions.map(({ type }) => type));
  const isReplaced = (plugin: Listed) =>
    typeof plugin === "object" && "types" in plugin && plugin.types.some(({ type }) => names.has(type));
  return plugins.filter((plugin) => !isReplaced(plugin));
}

/** The state in which an execution ends, and those of its task runs to read when it is not the one that was expected. */
export async function endOf(runtime: Runtime, id: string): Promise<{ readonly state: string; readonly runs: string }> {
  const found = await runtime.executions.ended("main", id);
  const runs = found?.taskRuns.map(({ taskId, state, outputs }) => `${taskId} ${state} ${JSON.stringify(outputs)}`);
  return { state: found?.row.state ?? "lost", runs: runs?.join("\n") ?? "" };
}
