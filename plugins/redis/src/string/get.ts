import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";
import { missing } from "../missing.ts";
import { deserialized, serdeType } from "../serde.ts";

/** Reads a key. */
export const get = defineTask({
  type: "io.kestra.plugin.redis.string.Get",
  aliases: ["io.kestra.plugin.redis.Get"],
  title: "Read a key of Redis",
  properties: () =>
    z.object({
      url: url(),
      key: text().describe("Name of the key."),
      serdeType: serdeType(),
      failedOnMissing: dynamic(z.boolean())
        .default(false)
        .describe("Fail when there is no such key. Default: false, which answers null."),
    }),
  outputs: () =>
    z.object({
      data: z
        .unknown()
        .describe("What the key holds: a text, or with `serdeType: JSON` any value. Null where there is no such key."),
      key: z.string().describe("Name of the key."),
    }),
  examples: [
    {
      title: "Read what another flow has left",
      code:
        "id: settings\ntype: io.kestra.plugin.redis.string.Get\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        "key: settings\nserdeType: JSON\nfailedOnMissing: true\n",
    },
  ],
  async run(context) {
    const { key, serdeType: serde, failedOnMissing } = context.properties;
    const kept = await withRedis(context, context.properties.url, (redis) => redis.get(key));
    if (kept === null && failedOnMissing) throw missing([key]);
    context.log.info(kept === null ? `There is no ${key}.` : `Read ${key}.`);
    return { data: kept === null ? null : deserialized(kept, serde, key), key };
  },
});
