import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { namespace } from "./properties.ts";

/** Lists the keys of a namespace. */
export const getKeys = defineTask({
  type: "io.kestra.plugin.core.kv.GetKeys",
  title: "List keys",
  properties: () =>
    z.object({ prefix: text().optional().describe("Only keys that start with this."), namespace: namespace() }),
  outputs: () => z.object({ keys: z.array(z.string()).describe("The keys, sorted.") }),
  examples: [
    { title: "List the keys of one job", code: "id: keys\ntype: io.kestra.plugin.core.kv.GetKeys\nprefix: job_\n" },
  ],
  async run({ properties, identity, services }) {
    const entries = await services.keyValues.list(properties.namespace ?? identity.namespace, properties.prefix);
    return { keys: entries.map(({ key }) => key).toSorted() };
  },
});
