import type { Masking } from "@capstan/engine";
import { type CommandOwner, resolveProperties, type TaskContext, TaskFailure, type TaskIdentity } from "@capstan/sdk";
import { chooseRunner } from "../../runners/task-runners.ts";
import type { TriggerIdentity } from "../worker.ts";
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
  readonly identity: TaskIdentity | TriggerIdentity;
  /** Whether tasks that follow find the files of this one. */
  readonly isFolderShared: boolean;
}): TaskContext<never>["runCommand"] {
  const { platform, evaluation, log, signal, masking, identity, isFolderShared } = parts;
  let commands = 0;
  return async (given, asked) => {
    const command = isFolderShared ? { ...given, returnsFiles: true } : given;
    const owner = ownerOf(identity, (commands += 1));
    const pressure = () => platform.pressure?.();
    if (typeof asked === "function") return asked({ log, signal, owner, pressure }, command);
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
    const context = { properties: resolved.properties as never, log, signal, owner, pressure };
    const result = await runner.runCommand(context, command);
    return { ...result, details: { type, ...result.details } };
  };
}

/** Of the so-manieth command of an attempt, or of a question to a trigger. */
function ownerOf(identity: TaskIdentity | TriggerIdentity, number: number): CommandOwner {
  const { tenant, namespace, flowId, executionId } = identity;
  if ("triggerId" in identity) {
    const { triggerId } = identity;
    const key = `${tenant}/${executionId}/${triggerId}/${number}`;
    return { key, tenant, namespace, flowId, triggerId };
  }
  const { taskId, taskRunId, attempt, attemptKey } = identity;
  const key = `${tenant}/${attemptKey}/${number}`;
  return { key, tenant, namespace, flowId, executionId, taskId, taskRunId, attempt };
}
