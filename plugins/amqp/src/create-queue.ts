import { anyMap, defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, withBroker } from "./connection.ts";

/** Makes a queue. */
export const createQueue = defineTask({
  type: "io.kestra.plugin.amqp.CreateQueue",
  title: "Make a queue of AMQP",
  description: "Does nothing when it is there already, and fails when that one is of another kind.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      name: text().describe("Name of the queue."),
      durability: dynamic(z.boolean()).default(true).describe("Whether it outlives the broker. Default: true."),
      exclusive: dynamic(z.boolean())
        .default(false)
        .describe("Whether it is for one connection, with which it ends: with this task. Default: false."),
      autoDelete: dynamic(z.boolean())
        .default(false)
        .describe("Whether it ends when nobody reads it any more. Default: false."),
      args: anyMap().optional().describe("Further arguments, such as `x-queue-type: quorum`."),
    }),
  outputs: () => z.object({ queue: z.string().describe("Name of the queue.") }),
  examples: [
    {
      title: "Make a queue that is kept by several brokers",
      code:
        "id: queue\ntype: io.kestra.plugin.amqp.CreateQueue\nhost: rabbitmq.example.com\nname: orders\n" +
        "args:\n  x-queue-type: quorum\n",
    },
  ],
  run: (context) =>
    withBroker(context, async ({ channel }) => {
      const { name, durability: durable, exclusive, autoDelete, args } = context.properties;
      const { queue } = await channel.assertQueue(name, { durable, exclusive, autoDelete, arguments: args ?? {} });
      return { queue };
    }),
});
