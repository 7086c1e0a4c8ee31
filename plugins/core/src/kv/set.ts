import { anyValue, defineTask, duration, dynamic, type JsonValue, text } from "@capstan/sdk";
import { z } from "zod";
import { converted, KEY_VALUE_TYPES } from "./convert.ts";
import { key, namespace } from "./properties.ts";

/** Stores a value under a key. */
export const set = defineTask({
  type: "io.kestra.plugin.core.kv.Set",
  title: "Set a key-value pair",
  properties: () =>
    z.object({
      key: key(),
      value: anyValue().describe(
        "The value; one expression alone keeps the type it has (`{{ 1 + 1 }}` stores a number).",
      ),
      namespace: namespace(),
      overwrite: dynamic(z.boolean()).default(true).describe("Whether an existing value may be replaced."),
      ttl: duration().optional().describe("How long the pair lives. Default: for ever."),
      kvType: dynamic(z.enum(KEY_VALUE_TYPES))
        .optional()
        .describe("Type to convert the value to. Default: the type it has."),
      kvDescription: text().optional().describe("What the pair is for."),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Remember when this ran last",
      code: 'id: remember\ntype: io.kestra.plugin.core.kv.Set\nkey: last_run\nvalue: "{{ execution.startDate }}"\nkvType: DATETIME\n',
    },
  ],
  async run({ properties, identity, services }) {
    const { key, kvType, ttl, overwrite, kvDescription } = properties;
    const value = properties.value as JsonValue;
    await services.keyValues.set(
      properties.namespace ?? identity.namespace,
      key,
      kvType === undefined ? value : converted(value, kvType),
      {
        overwrite,
        ...(kvType === undefined ? {} : { type: kvType }),
        ...(ttl === undefined ? {} : { ttlMs: ttl }),
        ...(kvDescription === undefined ? {} : { description: kvDescription }),
      },
    );
  },
});
