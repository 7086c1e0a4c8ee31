import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";
import { missing } from "../missing.ts";
import { path, valueAt } from "./json-path.ts";

/** Reads a JSON document, or a part of it. */
export const jsonGet = defineTask({
  type: "io.kestra.plugin.redis.json.Get",
  title: "Read a JSON document of Redis",
  description: "Needs the JSON commands: Redis 8, Redis Stack, or a server with that module.",
  properties: () =>
    z.object({
      url: url(),
      key: text().describe("Name of the key."),
      failedOnMissing: dynamic(z.boolean())
        .default(false)
        .describe("Fail when there is nothing at `path`. Default: false, which answers null."),
      path: path(),
    }),
  outputs: () =>
    z.object({
      data: z.unknown().describe("The value at `path`, a list where it names several, null where there is none."),
      key: z.string().describe("Name of the key."),
    }),
  examples: [
    {
      title: "Read a part of a document",
      code:
        "id: city\ntype: io.kestra.plugin.redis.json.Get\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        "key: user:ada\npath: $.address.city\n",
    },
  ],
  async run(context) {
    const { key, path: at, failedOnMissing } = context.properties;
    const data = valueAt(await withRedis(context, context.properties.url, (redis) => redis.call("JSON.GET", key, at)));
    if (data === undefined && failedOnMissing) throw missing([`${key} with ${at}`]);
    context.log.info(data === undefined ? `There is nothing at ${at} of ${key}.` : `Read ${key}.`);
    return { data: data ?? null, key };
  },
});
