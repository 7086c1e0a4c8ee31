import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";

/** Tells how long a key stays. */
export const ttl = defineTask({
  type: "io.kestra.plugin.redis.string.Ttl",
  title: "Tell how long a key of Redis stays",
  properties: () => z.object({ url: url(), key: text().describe("Name of the key.") }),
  outputs: () =>
    z.object({
      ttl: z.int().describe("Seconds until the key goes away; -1 where it stays, -2 where there is none."),
      key: z.string().describe("Name of the key."),
    }),
  examples: [
    {
      title: "Look how old a session is",
      code: "id: age\ntype: io.kestra.plugin.redis.string.Ttl\nurl: \"{{ secret('REDIS_URL') }}\"\nkey: session\n",
    },
  ],
  async run(context) {
    const { key } = context.properties;
    const seconds = await withRedis(context, context.properties.url, (redis) => redis.ttl(key));
    context.log.info(
      seconds === -2 ? `There is no ${key}.` : `${key} stays ${seconds === -1 ? "for ever" : `for ${seconds} s`}.`,
    );
    return { ttl: seconds, key };
  },
});
