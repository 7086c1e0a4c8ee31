import { existsSync } from "node:fs";
import type { TaskRunnerPolicy } from "@capstan/runtime";
import type { Configuration } from "./configuration.ts";
import type { Environment } from "./process-environment.ts";

/** Where Docker engines listen, unless they are told otherwise. */
const SOCKET = "/var/run/docker.sock";

/**
 * What becomes of tasks that ask for Docker, and of those that name no runner. By `auto` the latter get a container where this machine has an
 * engine, which its variable or its socket tells: whether that answers now makes no difference, so that a task never runs as a process because an
 * engine was away for a moment.
 */
export function runnerPolicyOf(
  { taskRunners }: Pick<Configuration, "taskRunners">,
  environment: Environment,
  socket = SOCKET,
): TaskRunnerPolicy {
  const { docker, default: unnamed } = taskRunners;
  const hasEngine = () => (environment["DOCKER_HOST"] ?? "") !== "" || existsSync(socket);
  return { docker, default: unnamed === "auto" ? (hasEngine() ? "docker" : "process") : unnamed };
}
