import type { LiveExecution } from "@capstan/engine";
import type { Environment } from "@capstan/expression";
import type { Services } from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { Clock } from "./clock.ts";
import { environmentVariables } from "./functions/environment-variables.ts";
import type { FunctionHost } from "./functions/function-host.ts";
import { hostFunctions } from "./functions/function-table.ts";
import { executionFiles } from "./worker/execution-files.ts";

export interface EnvironmentParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timeZone: string;
  /** Where `envs` and secrets come from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly services: (tenant: string) => Services;
}

/** What expressions outside of workers may use: functions of the platform, the clock, randomness. */
export interface Environments {
  readonly ofFlow: (tenant: string, namespace: string, flowId: string) => Environment;
  /** The same object for the same execution. */
  readonly ofExecution: (execution: LiveExecution) => Environment;
}

export function createEnvironments(parts: EnvironmentParts): Environments {
  const { storage, clock, random, timeZone, variables, services } = parts;
  const envs = environmentVariables(variables);
  const cache = new WeakMap<object, Environment>();
  const now = () => clock.now();
  const make = (tenant: string, namespace: string, flowId: string, executionId?: string): Environment => ({
    now,
    random,
    timeZone,
    functions: hostFunctions,
    host: {
      namespace,
      ...(executionId === undefined ? {} : { executionId }),
      envs,
      // Made when an expression first asks for them: most executions never do.
      get services() {
        return services(tenant);
      },
      get files() {
        const owner = { tenant, namespace, flowId, executionId: executionId ?? "", taskId: "", taskRunId: "" };
        return executionFiles(storage, owner);
      },
    } satisfies FunctionHost,
  });
  return {
    ofFlow: make,
    ofExecution: (execution) => {
      const known = cache.get(execution);
      if (known !== undefined) return known;
      const { namespace, flowId } = execution.fixed;
      const environment = make(execution.tenant, namespace, flowId, execution.id);
      cache.set(execution, environment);
      return environment;
    },
  };
}
