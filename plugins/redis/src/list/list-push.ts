import { defineTask, dynamic, givenValues, text } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";
import { batchesOf, from } from "../elements.ts";
import { serdeType, serialized } from "../serde.ts";

/** Puts values at the head of a list. */
export const listPush = defineTask({
  type: "io.kestra.plugin.redis.list.ListPush",
  aliases: ["io.kestra.plugin.redis.ListPush"],
  title: "Push values to a list of Redis",
  description: "Each value goes to the head of the list, before those that were pushed earlier.",
  properties: () =>
    z.object({
      url: url(),
      key: text().describe("Name of the list."),
      from: from(),
      serdeType: serdeType(),
      batchSize: dynamic(z.int().min(1)).default(500).describe("How many values go in one command. Default: 500."),
    }),
  outputs: () => z.object({ count: z.int().describe("How many values were pushed.") }),
  examples: [
    {
      title: "Push two values",
      code:
        "id: push\ntype: io.kestra.plugin.redis.list.ListPush\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        "key: jobs\nfrom: [first, second]\n",
    },
    {
      title: "Push the rows of a query",
      code:
        "id: push\ntype: io.kestra.plugin.redis.list.ListPush\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        'key: jobs\nfrom: "{{ outputs.query.uri }}"\nserdeType: JSON\n',
    },
  ],
  async run(context) {
    const { key, from: given, serdeType: serde, batchSize } = context.properties;
    const count = await withRedis(context, context.properties.url, async (redis) => {
      let pushed = 0;
      for await (const batch of batchesOf(givenValues(given, context.files), batchSize)) {
        await redis.lpush(key, ...batch.map((value) => serialized(value, serde)));
        pushed += batch.length;
      }
      return pushed;
    });
    context.metric({ name: "inserted.records.count", type: "counter", value: count });
    context.log.info(`Pushed ${count} values to ${key}.`);
    return { count };
  },
});
