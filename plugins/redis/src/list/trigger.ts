import { defineTrigger, duration } from "@capstan/sdk";
import { z } from "zod";
import { withRedis } from "../connection.ts";
import { batchOf, claimOf, nameBatch, ownerOf, settle } from "./claims.ts";
import { checkLimits, readingOutputs, readingProperties, storeClaimed } from "./list-reading.ts";

/** Takes elements off a list again and again, and starts one execution for all it found. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.redis.list.Trigger",
  aliases: ["io.kestra.plugin.redis.TriggerList"],
  title: "Start the flow for elements of a list of Redis, many at a time",
  description:
    "Takes them from the head of the list. They stay in a list of the trigger until their execution is durable, so that a server " +
    "that ends in between loses none. Needs Redis 6.2.",
  properties: () =>
    z.object({
      ...readingProperties(),
      interval: duration().default(60_000).describe("Time between two looks at the list. Default: PT60S."),
    }),
  outputs: readingOutputs,
  examples: [
    {
      title: "Start for what was pushed within a minute",
      code:
        "id: jobs\ntype: io.kestra.plugin.redis.list.Trigger\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        "key: jobs\nserdeType: JSON\nmaxRecords: 1000\n",
    },
  ],
  async poll(context) {
    const { properties, log } = context;
    checkLimits(properties);
    const claim = claimOf(properties.key, ownerOf(context));
    return withRedis(context, properties.url, async (redis) => {
      await settle(redis, claim, batchOf(context.position));
      const name = await nameBatch(redis, claim);
      const stored = await storeClaimed(redis, claim, properties, context);
      if (stored === undefined) {
        await redis.del(claim.batchName);
        return undefined;
      }
      log.info(`Took ${stored.count} elements off ${properties.key}.`);
      return { variables: { ...stored }, position: { name, count: stored.count } };
    });
  },
});
