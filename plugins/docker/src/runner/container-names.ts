import type { CommandOwner } from "@capstan/sdk";

/** By this label a container is found again. */
export const KEY_LABEL = "capstan.key";

/** Letters of a container's name, before what makes it unique. */
const NAME_CHARACTERS_MAX = 100;

/** A name that tells people whose it is. */
export function containerName({ namespace, flowId, taskId, triggerId }: CommandOwner, unique: string): string {
  const plain = [namespace, flowId, taskId ?? triggerId ?? "command"]
    .join("-")
    .replaceAll(/[^\w.-]+/g, "-")
    .replace(/^[^a-z0-9]+/i, "")
    .slice(0, NAME_CHARACTERS_MAX);
  return `${plain}-${unique}`;
}

/** Whose it is. The names with a domain are Kestra's, which scripts and dashboards select by. */
export function containerLabels(owner: CommandOwner): Readonly<Record<string, string>> {
  const { key, tenant, namespace, flowId, triggerId, executionId, taskId, taskRunId, attempt } = owner;
  const labels = {
    [KEY_LABEL]: key,
    "capstan.tenant": tenant,
    "capstan.trigger-id": triggerId,
    "kestra.io/namespace": namespace,
    "kestra.io/flow-id": flowId,
    "kestra.io/execution-id": executionId,
    "kestra.io/task-id": taskId,
    "kestra.io/taskrun-id": taskRunId,
    "kestra.io/taskrun-attempt": attempt === undefined ? undefined : String(attempt),
  };
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
