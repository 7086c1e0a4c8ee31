import { describeType, type TypeDefinition } from "@capstan/model";
import { defineTaskRunner, type RunnerResult, TaskFailure, type TaskRunnerDefinition } from "@capstan/sdk";
import { z } from "zod";
import type { ProcessLauncher } from "./process-launcher.ts";

const processRunner = {
  type: "io.kestra.plugin.core.runner.Process",
  title: "Run commands as processes on the worker's machine",
  description:
    "The commands see the machine as the worker does: its files, its network, its environment variables except `SECRET_…` and the secret settings. " +
    "Kill and timeout terminate every process that the commands started; after a kill of the server its next start does, where " +
    "the system tells of processes as Linux does.",
  properties: () => z.object({ version: z.string().optional() }),
} as const;

/** What the checker and the documentation know of the runner. */
export const processRunnerType: TypeDefinition = describeType({ ...processRunner, element: "taskRunner" });

/** The runner; the launcher is asked for when the first command runs. */
export function createProcessRunner(launcher: () => ProcessLauncher): TaskRunnerDefinition {
  return defineTaskRunner({
    ...processRunner,
    runCommand: async ({ signal }, command): Promise<RunnerResult> => {
      try {
        return await launcher().run(command, signal);
      } catch (cause) {
        throw new TaskFailure(cause instanceof Error ? cause.message : String(cause), { cause });
      }
    },
  });
}
