import { defineTask, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { errorOnMissing, key, missingKey, namespace } from "./properties.ts";

/** Reads the value of a key; for the flow's own namespace, parent namespaces are searched too. */
export const get = defineTask({
  type: "io.kestra.plugin.core.kv.Get",
  title: "Get the value of a key",
  properties: () => z.object({ key: key(), namespace: namespace(), errorOnMissing: errorOnMissing() }),
  outputs: () => z.object({ value: z.unknown().describe("The value, with its type. Absent when the key is missing.") }),
  examples: [
    {
      title: "Read a key",
      code: "id: read\ntype: io.kestra.plugin.core.kv.Get\nkey: last_run\nerrorOnMissing: true\n",
    },
  ],
  async run({ properties: { key, errorOnMissing, ...properties }, identity, services }) {
    const namespace = properties.namespace ?? identity.namespace;
    const found = await services.keyValues.get(namespace, key, { inherit: namespace === identity.namespace });
    if (found === undefined && errorOnMissing) throw new TaskFailure(missingKey(key, namespace));
    return found === undefined ? {} : { value: found.value };
  },
});
