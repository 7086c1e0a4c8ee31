import { TaskFailure } from "@capstan/sdk";

/** Why a task with `failedOnMissing` fails. */
export function missing(keys: readonly string[]): TaskFailure {
  return new TaskFailure(
    `There is no ${keys.join(", ")} in Redis. Leave out \`failedOnMissing\` where that is to be no failure.`,
  );
}
