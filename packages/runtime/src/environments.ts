import type { LiveExecution } from "@capstan/engine";
import type { Environment } from "@capstan/expression";
import { createLocalFiles, type ExecutionFiles, NO_LOCAL_FOLDERS, type Services } from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { Clock } from "./clock.ts";
import type { EgressGuard } from "./egress/egress-guard.ts";
import { environmentVariables } from "./functions/environment-variables.ts";
import type { FunctionHost } from "./functions/function-host.ts";
import { hostFunctions } from "./functions/function-table.ts";
import { executionFiles } from "./worker/execution-files.ts";

/** What the server itself renders is the same on whichever machine it runs. */
const NO_LOCAL_FILES = createLocalFiles(NO_LOCAL_FOLDERS);

export interface EnvironmentParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timeZone: string;
  /** Where `envs` and secrets come from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly services: (tenant: string) => Services;
  /** Undefined where expressions may connect to everything. */
  readonly egress: EgressGuard | undefined;
}

/** What expressions outside of workers may use: functions of the platform, the clock, randomness. */
export interface Environments {
  readonly ofFlow: (tenant: string, namespace: string, flowId: string) => Environment;
  readonly ofExecution: (execution: LiveExecution) => Environment;
}

export function createEnvironments(parts: EnvironmentParts): Environments {
  const { storage, clock, random, timeZone, variables, services, egress } = parts;
  const platform = { envs: environmentVariables(variables), storage, services, egress };
  const now = () => clock.now();
  const make = (tenant: string, namespace: string, flowId: string, executionId?: string): Environment => ({
    now,
    random,
    timeZone,
    functions: hostFunctions,
    host: new PlatformHost(platform, { tenant, namespace, flowId, executionId }),
  });
  return {
    ofFlow: make,
    ofExecution: ({ tenant, id, fixed }) => make(tenant, fixed.namespace, fixed.flowId, id),
  };
}

type Platform = Pick<EnvironmentParts, "storage" | "services" | "egress"> & Pick<FunctionHost, "envs">;

interface Asker {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  /** Absent where no execution exists yet. */
  readonly executionId: string | undefined;
}

/** Services and files are made when an expression asks for them: most executions never do. */
class PlatformHost implements FunctionHost {
  readonly namespace: string;
  readonly executionId?: string;
  readonly envs: FunctionHost["envs"];
  readonly egress: EgressGuard | undefined;
  readonly #platform: Platform;
  readonly #asker: Asker;

  constructor(platform: Platform, asker: Asker) {
    this.namespace = asker.namespace;
    if (asker.executionId !== undefined) this.executionId = asker.executionId;
    this.envs = platform.envs;
    this.egress = platform.egress;
    this.#platform = platform;
    this.#asker = asker;
  }

  get services(): Services {
    return this.#platform.services(this.#asker.tenant);
  }

  get files(): ExecutionFiles {
    const { executionId = "", ...flow } = this.#asker;
    const owner = { ...flow, executionId, taskId: "", taskRunId: "" };
    return executionFiles(this.#platform.storage, owner, NO_LOCAL_FILES);
  }
}
