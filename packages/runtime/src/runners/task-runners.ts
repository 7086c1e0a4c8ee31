import type { JsonMap, TypeDefinition } from "@capstan/model";
import type { TaskLogger, TaskRunnerDefinition } from "@capstan/sdk";
import { DOCKER_RUNNER } from "@capstan/sdk/commands";
import type { ProcessLauncher } from "./process/process-launcher.ts";
import { createProcessRunner, processRunnerType } from "./process/process-runner.ts";

/** How this installation treats task runners: the server's option `taskRunners`. Plain data. */
export interface TaskRunnerPolicy {
  /** `process` runs tasks that ask for Docker as processes of the worker's machine, and says so in their log. */
  readonly docker: "docker" | "process";
  /** Which runner a task has that names none. */
  readonly default: "docker" | "process";
}

/** The runners that come with the runtime, for the catalogue. */
export const RUNNER_TYPES: readonly TypeDefinition[] = [processRunnerType];

export function builtInRunners(launcher: () => ProcessLauncher): readonly TaskRunnerDefinition[] {
  return [createProcessRunner(launcher)];
}

export interface RunnerChoice {
  readonly type: string;
  readonly properties: JsonMap;
}

/** The runner that a task asks for, or the one that the policy puts in its place; then the log says so. */
export function chooseRunner(
  asked: ({ readonly type: string } & JsonMap) | undefined,
  definitionType: (type: string) => string,
  policy: TaskRunnerPolicy,
  { log, image }: { readonly log: TaskLogger; readonly image: string | undefined },
): RunnerChoice {
  const unnamed = policy.default === "docker" ? DOCKER_RUNNER : processRunnerType.type;
  const { type = unnamed, ...properties } = asked ?? {};
  const canonical = definitionType(type);
  if (canonical !== DOCKER_RUNNER || policy.docker !== "process") return { type: canonical, properties };
  const substitution = "run as a process on the worker, because the server option `taskRunners.docker` is `process`";
  const ignored = image === undefined ? "Its image" : `Its image ${image}`;
  log.warn(`The task asks for the Docker task runner; it is ${substitution}. ${ignored} and its limits do not apply.`);
  return { type: processRunnerType.type, properties: {} };
}
