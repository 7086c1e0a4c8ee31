import type { Masking } from "@capstan/engine";
import { resolveProperties, type TaskContext, TaskFailure } from "@capstan/sdk";
import { chooseRunner } from "../../runners/task-runners.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { Evaluation } from "../evaluation.ts";
import type { AttemptPlatform } from "../platform.ts";
import { eachSecret } from "./secret-properties.ts";

/** `TaskContext.runCommand` of one attempt: finds the task runner, renders its properties, and runs the command with it. */
export function commandRunner(parts: {
  readonly platform: AttemptPlatform;
  readonly evaluation: Evaluation;
  readonly log: AttemptLog;
  readonly signal: AbortSignal;
  readonly masking: Masking;
}): TaskContext<never>["runCommand"] {
  const { platform, evaluation, log, signal, masking } = parts;
  return async (command, asked) => {
    const canonical = (type: string) => platform.registry.taskRunner(type)?.type ?? type;
    const { type, properties } = chooseRunner(asked, canonical, platform.taskRunners, {
      log,
      image: command.containerImage,
    });
    const runner = platform.registry.taskRunner(type);
    if (runner === undefined)
      throw new TaskFailure(
        `there is no task runner of type "${type}" on this worker: check its spelling, or install its plugin`,
      );
    const resolved = await evaluation.settled((renderer) => resolveProperties(runner.properties, properties, renderer));
    if ("error" in resolved) throw new TaskFailure(`taskRunner: ${resolved.error}`);
    eachSecret(runner.properties, resolved.properties, (secret) => masking.add(secret));
    const result = await runner.runCommand({ properties: resolved.properties as never, log, signal }, command);
    return { ...result, details: { type, ...result.details } };
  };
}
