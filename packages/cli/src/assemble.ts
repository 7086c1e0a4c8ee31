import { join } from "node:path";
import { type Catalogue, parseDuration } from "@capstan/model";
import { createRuntime, createThreadWorker, type Runtime, type RuntimeOptions } from "@capstan/runtime";
import { createLocalStorage } from "@capstan/storage";
import type { Store } from "@capstan/store";
import type { Logger } from "pino";
import { PLUGIN_MODULES, PLUGINS } from "./catalogue.ts";
import { type Configuration, publicUrlOf } from "./configuration.ts";
import { createLogger } from "./logger.ts";
import type { Environment } from "./process-environment.ts";

export interface Assembly {
  readonly runtime: Runtime;
  readonly catalogue: Catalogue;
  readonly logger: Logger;
}

export interface AssemblyOptions extends Pick<RuntimeOptions, "firesTriggers"> {
  readonly logger?: Logger;
}

/** Wires a whole Capstan over the folder `data` and its store; nothing runs until `runtime.start()`. */
export function assemble(
  configuration: Configuration,
  environment: Environment,
  store: Store,
  { firesTriggers = true, logger = createLogger(configuration) }: AssemblyOptions = {},
): Assembly {
  const { server, data, taskRunners, executions, triggers, variables, encryption } = configuration;
  const files = { directory: join(data, "storage") };
  const runtime = createRuntime({
    store,
    storage: createLocalStorage(files),
    plugins: PLUGINS,
    createWorker: (host) =>
      createThreadWorker({
        host,
        plugins: PLUGIN_MODULES,
        storage: { module: import.meta.resolve("@capstan/storage"), factory: "createLocalStorage", options: files },
        taskRunners,
      }),
    logger,
    globals: variables.globals,
    ...(server.url === "" ? {} : { publicUrl: publicUrlOf(configuration) }),
    ...(encryption.secretKey === undefined ? {} : { encryptionKey: encryption.secretKey }),
    environment: flowEnvironment(configuration, environment),
    firesTriggers,
    pollLimitMs: parseDuration(triggers.pollTimeout)!,
    descendantsMax: executions.descendantsMax,
  });
  return { runtime, catalogue: runtime.catalogue, logger };
}

/** What flows may see of the environment: variables with the prefixes, and secrets. */
function flowEnvironment({ variables, secrets }: Configuration, environment: Environment): Environment {
  const configured = Object.entries(secrets).map(([name, value]) => [
    `SECRET_${name.toUpperCase()}`,
    Buffer.from(value).toString("base64"),
  ]);
  const prefixes = ["SECRET_", ...variables.envPrefixes];
  const visible = Object.entries(environment).filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix)));
  return { ...Object.fromEntries(configured), ...Object.fromEntries(visible) };
}
