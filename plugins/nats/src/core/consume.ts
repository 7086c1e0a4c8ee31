import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { collect, collectedOutputs } from "../collect.ts";
import { withNats } from "../connection.ts";
import { limitProperties, subscriptionProperties, withReader } from "../subscription.ts";

/** Reads messages of a stream into a file. */
export const consume = defineTask({
  type: "io.kestra.plugin.nats.core.Consume",
  aliases: ["io.kestra.plugin.nats.Consume"],
  title: "Read messages of JetStream",
  description:
    "Without `durableId` it reads all that the stream keeps. With it, what that consumer has not read yet, which is acknowledged when the " +
    "file is stored: when the task fails or is killed before, all of it comes again.",
  properties: () => z.object({ ...subscriptionProperties(), ...limitProperties() }),
  outputs: collectedOutputs,
  examples: [
    {
      title: "Read what came since the last time",
      code:
        "id: consume\ntype: io.kestra.plugin.nats.core.Consume\nurl: nats://nats.example.com:4222\nsubject: orders.>\n" +
        "durableId: nightly\nbatchSize: 500\n",
    },
  ],
  async run(context) {
    const { properties, log, metric } = context;
    const { subject } = properties;
    return withNats(context, (connection) =>
      withReader(connection, properties, undefined, async (reader) => {
        using collected = await collect(reader, properties, context);
        const { messagesCount, uri } = collected;
        for (const message of collected.held) message.ack();
        await connection.flush();
        metric({ name: "records", type: "counter", value: messagesCount, tags: { subject } });
        log.info(`Read ${messagesCount} messages of ${subject}.`);
        return { messagesCount, uri };
      }),
    );
  },
});
