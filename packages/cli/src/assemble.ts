import { type Catalogue, parseDuration } from "@capstan/model";
import { createRuntime, createThreadWorker, type Runtime, type RuntimeOptions } from "@capstan/runtime";
import type { Store } from "@capstan/store";
import type { Logger } from "pino";
import { PLUGIN_MODULES, PLUGINS } from "./catalogue.ts";
import type { Configuration } from "./configuration.ts";
import { filesInFolder, type FilesPlace } from "./files-place.ts";
import { flowControlOf } from "./flow-control-settings.ts";
import { localFoldersOf } from "./local-files-settings.ts";
import { createLogger } from "./logger.ts";
import type { Environment } from "./process-environment.ts";
import { publicUrlOf } from "./public-url.ts";
import { retentionOf } from "./retention-settings.ts";
import { runnerPolicyOf } from "./runner-policy.ts";
import { NO_THIRD_PARTY, type ThirdParty } from "./third-party/third-party.ts";
import { workersOf, type WorkingMember } from "./worker-settings.ts";

export interface Assembly {
  readonly runtime: Runtime;
  readonly catalogue: Catalogue;
  readonly logger: Logger;
}

export interface AssemblyOptions extends Pick<RuntimeOptions, "firesTriggers"> {
  readonly logger?: Logger;
  /** By default there are none. */
  readonly thirdParty?: ThirdParty;
  /** In the data folder by default. */
  readonly files?: FilesPlace;
  /** Where other servers share the store, and run tasks as well. */
  readonly member?: WorkingMember | undefined;
}

/** Wires a whole Capstan over its store and its files; nothing runs until `runtime.start()`. */
export function assemble(
  configuration: Configuration,
  environment: Environment,
  store: Store,
  {
    firesTriggers = true,
    logger = createLogger(configuration),
    thirdParty = NO_THIRD_PARTY,
    files = filesInFolder(configuration.data),
    member,
  }: AssemblyOptions = {},
): Assembly {
  const { server, workers, egress, executions, triggers, variables, encryption } = configuration;
  const retention = retentionOf(configuration.retention);
  const flowControl = flowControlOf(configuration.flowControl);
  const runtime = createRuntime({
    store,
    storage: files.storage,
    plugins: [...PLUGINS, ...thirdParty.plugins],
    createWorker: (host) =>
      createThreadWorker({
        host,
        plugins: [...PLUGIN_MODULES, ...thirdParty.plugins],
        provided: thirdParty.provided,
        storage: files.ofThreads,
        taskRunners: runnerPolicyOf(configuration, environment),
        egress,
        localFolders: localFoldersOf(configuration),
      }),
    // Who fires no triggers runs one flow, in this process.
    ...(firesTriggers && workersOf(workers, member)),
    logger,
    globals: variables.globals,
    ...(server.url === "" ? {} : { publicUrl: publicUrlOf(configuration) }),
    ...(encryption.secretKey === undefined ? {} : { encryptionKey: encryption.secretKey }),
    environment: flowEnvironment(configuration, environment),
    ...(flowControl === undefined ? {} : { flowControl }),
    egress,
    firesTriggers,
    // Who fires no triggers runs one flow, and leaves alone what else there is.
    ...(firesTriggers && retention !== undefined && { retention }),
    pollLimitMs: parseDuration(triggers.pollTimeout)!,
    descendantsMax: executions.descendantsMax,
    idempotencyKeyRetentionMs: parseDuration(server.idempotency.retention)!,
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
