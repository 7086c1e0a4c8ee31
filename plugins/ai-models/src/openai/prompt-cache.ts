import { createHash } from "node:crypto";
import type { TaskIdentity } from "@capstan/sdk";

/** Characters that the API takes. */
const KEY_LENGTH = 64;

/** Names what runs of one task have in common, without telling how it is called here. */
export function cacheKey({ tenant, namespace, flowId, taskId }: TaskIdentity): string {
  return createHash("sha256")
    .update(JSON.stringify([tenant, namespace, flowId, taskId]))
    .digest("hex")
    .slice(0, KEY_LENGTH);
}
