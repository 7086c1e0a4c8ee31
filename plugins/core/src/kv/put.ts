import { anyValue, defineTask, type JsonValue, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { patched } from "./patch.ts";
import { errorOnMissing, key, missingKey, namespace } from "./properties.ts";

/** Changes a part of a stored value. */
export const put = defineTask({
  type: "io.kestra.plugin.core.kv.Put",
  title: "Change a part of a stored value",
  properties: () =>
    z.object({
      key: key(),
      value: anyValue().describe(
        "A map is merged into the stored one; a list of `{key: a.b, value}` sets single places; `{value}` replaces the whole.",
      ),
      namespace: namespace(),
      errorOnMissing: errorOnMissing(),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Set one field of a stored map",
      code: 'id: put\ntype: io.kestra.plugin.core.kv.Put\nkey: progress\nvalue:\n  - key: orders.last_id\n    value: "{{ outputs.load.lastId }}"\n',
    },
  ],
  async run({ properties: { key, value, errorOnMissing, ...properties }, identity, services, now }) {
    const namespace = properties.namespace ?? identity.namespace;
    const stored = await services.keyValues.get(namespace, key);
    if (stored === undefined && errorOnMissing) throw new TaskFailure(missingKey(key, namespace));
    await services.keyValues.set(namespace, key, patched(stored?.value, (value ?? null) as JsonValue), {
      ...(stored?.description === undefined ? {} : { description: stored.description }),
      ...(stored?.expiresAt === undefined ? {} : { ttlMs: stored.expiresAt - now() }),
    });
  },
});
