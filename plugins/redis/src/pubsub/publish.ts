import { defineTask, givenValues, text } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";
import { batchesOf, from } from "../elements.ts";
import { serdeType, serialized } from "../serde.ts";
import { replies } from "../transaction.ts";

/** Messages that are under way at once. */
const MESSAGES_PER_TURN = 500;

/** Sends messages to whoever listens. */
export const publish = defineTask({
  type: "io.kestra.plugin.redis.pubsub.Publish",
  aliases: ["io.kestra.plugin.redis.Publish"],
  title: "Publish messages to a channel of Redis",
  description: "Redis keeps no message of a channel: who does not listen at that moment never gets it.",
  properties: () =>
    z.object({ url: url(), channel: text().describe("Name of the channel."), from: from(), serdeType: serdeType() }),
  outputs: () =>
    z.object({ count: z.int().describe("How many messages were published, whether anybody listened or not.") }),
  examples: [
    {
      title: "Tell that a load has ended",
      code:
        "id: tell\ntype: io.kestra.plugin.redis.pubsub.Publish\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        'channel: loads\nfrom: ["{{ flow.id }} has ended"]\n',
    },
  ],
  async run(context) {
    const { channel, from: given, serdeType: serde } = context.properties;
    const count = await withRedis(context, context.properties.url, async (redis) => {
      let sent = 0;
      for await (const batch of batchesOf(givenValues(given, context.files), MESSAGES_PER_TURN)) {
        const commands = redis.pipeline();
        for (const value of batch) commands.publish(channel, serialized(value, serde));
        await replies(commands);
        sent += batch.length;
      }
      return sent;
    });
    context.metric({ name: "published.records.count", type: "counter", value: count });
    context.log.info(`Published ${count} messages to ${channel}.`);
    return { count };
  },
});
