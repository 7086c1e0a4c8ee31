import { defineTask, dynamic, listOrText, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";

/** Deletes keys. */
export const deleteKeys = defineTask({
  type: "io.kestra.plugin.redis.string.Delete",
  aliases: ["io.kestra.plugin.redis.Delete"],
  title: "Delete keys of Redis",
  properties: () =>
    z.object({
      url: url(),
      keys: listOrText().describe("Names of the keys."),
      failedOnMissing: dynamic(z.boolean())
        .default(false)
        .describe("Fail when one of the keys does not exist; the others are deleted all the same. Default: false."),
    }),
  outputs: () => z.object({ count: z.int().describe("How many keys were deleted.") }),
  examples: [
    {
      title: "Forget a cache",
      code:
        "id: forget\ntype: io.kestra.plugin.redis.string.Delete\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        "keys: [cache:books, cache:authors]\n",
    },
  ],
  async run(context) {
    const keys = [...new Set(context.properties.keys)];
    if (keys.length === 0) throw new TaskFailure("`keys` is empty. Name the keys that are to be deleted.");
    const count = await withRedis(context, context.properties.url, (redis) => redis.del(...keys));
    const told = `Deleted ${count} of ${keys.length} keys.`;
    if (count < keys.length && context.properties.failedOnMissing)
      throw new TaskFailure(
        `${told} The others do not exist; leave out \`failedOnMissing\` where that is to be no failure.`,
        {
          outputs: { count },
        },
      );
    context.log.info(told);
    return { count };
  },
});
