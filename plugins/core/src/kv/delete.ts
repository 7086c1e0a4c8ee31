import { defineTask, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { errorOnMissing, key, missingKey, namespace } from "./properties.ts";

/** Deletes a key. */
export const deleteKey = defineTask({
  type: "io.kestra.plugin.core.kv.Delete",
  title: "Delete a key-value pair",
  properties: () => z.object({ key: key(), namespace: namespace(), errorOnMissing: errorOnMissing() }),
  outputs: () => z.object({ deleted: z.boolean().describe("Whether there was something to delete.") }),
  examples: [{ title: "Delete a key", code: "id: forget\ntype: io.kestra.plugin.core.kv.Delete\nkey: last_run\n" }],
  async run({ properties: { key, errorOnMissing, ...properties }, identity, services }) {
    const namespace = properties.namespace ?? identity.namespace;
    const deleted = await services.keyValues.delete(namespace, key);
    if (!deleted && errorOnMissing) throw new TaskFailure(missingKey(key, namespace));
    return { deleted };
  },
});
