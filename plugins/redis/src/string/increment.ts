import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";
import { expiration, expire } from "../expiration.ts";
import { replies } from "../transaction.ts";

/** Adds to the number that a key holds. */
export const increment = defineTask({
  type: "io.kestra.plugin.redis.string.Increment",
  title: "Add to a number in Redis",
  description: "A key that does not exist counts from 0. The sum and its expiration happen at once.",
  properties: () =>
    z.object({
      url: url(),
      key: text().describe("Name of the key."),
      amount: dynamic(z.number()).default(1).describe("What is added; negative to subtract. Default: 1."),
      options: z.object(expiration()).optional().describe("When the key goes away."),
    }),
  outputs: () =>
    z.object({
      value: z.number().describe("The sum. Whole numbers beyond 2^53 are rounded here, not in Redis."),
      key: z.string().describe("Name of the key."),
    }),
  examples: [
    {
      title: "Count the runs of a day",
      code:
        "id: count\ntype: io.kestra.plugin.redis.string.Increment\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        "key: \"runs:{{ execution.startDate | date('yyyy-MM-dd') }}\"\noptions:\n  expirationDuration: P2D\n",
    },
  ],
  async run(context) {
    const { key, amount, options = {} } = context.properties;
    const [sum] = await withRedis(context, context.properties.url, async (redis) => {
      const commands = redis.multi();
      if (Number.isSafeInteger(amount)) commands.incrby(key, amount);
      else commands.incrbyfloat(key, amount);
      expire(commands, key, options);
      return replies(commands);
    });
    context.log.info(`${key} is ${String(sum)}.`);
    return { value: Number(sum), key };
  },
});
