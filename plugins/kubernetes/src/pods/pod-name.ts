import { createHash } from "node:crypto";
import type { CommandOwner } from "@capstan/sdk";

/** Of a name in Kubernetes. */
const NAME_MAX = 63;
const DIGEST_CHARACTERS = 16;

/** A value that stands for a key in a label, which takes few characters. */
export function keyDigest(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 40);
}

/**
 * The name of a command's pod: the same whenever the command is asked for again, so that there are never two of them; its beginning
 * tells people whose it is.
 */
export function podName({ key, flowId, taskId, triggerId }: CommandOwner): string {
  const digest = keyDigest(key).slice(0, DIGEST_CHARACTERS);
  const plain = [flowId, taskId ?? triggerId ?? "command"]
    .join("-")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, NAME_MAX - DIGEST_CHARACTERS - 1)
    .replaceAll(/^-+|-+$/g, "");
  return `${plain === "" ? "command" : plain}-${digest}`;
}

/** Whose it is, for people, dashboards and quotas. The names are Kestra's. */
export function ownerLabels(owner: CommandOwner): Record<string, string> {
  const named = {
    namespace: owner.namespace,
    "flow-id": owner.flowId,
    "execution-id": owner.executionId,
    "task-id": owner.taskId,
    "taskrun-id": owner.taskRunId,
    "taskrun-attempt": owner.attempt === undefined ? undefined : String(owner.attempt),
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) =>
      value === undefined ? [] : [[`kestra.io/${name}`, labelValue(value)]],
    ),
  );
}

/** What a label takes: letters, digits, `-`, `_` and `.`, and not at its ends. */
function labelValue(text: string): string {
  return text
    .replaceAll(/[^\w.-]+/g, "-")
    .slice(0, NAME_MAX)
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/gi, "");
}
