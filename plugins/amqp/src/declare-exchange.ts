import { anyMap, defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, withBroker } from "./connection.ts";

/** Makes an exchange. */
export const declareExchange = defineTask({
  type: "io.kestra.plugin.amqp.DeclareExchange",
  title: "Make an exchange of AMQP",
  description: "Does nothing when it is there already, and fails when that one is of another kind.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      name: text().describe("Name of the exchange."),
      exchangeType: dynamic(z.enum(["DIRECT", "FANOUT", "TOPIC", "HEADERS"]))
        .default("DIRECT")
        .describe(
          "How it finds queues: DIRECT (the key), TOPIC (patterns of keys), HEADERS, or FANOUT (all). Default: DIRECT.",
        ),
      durability: dynamic(z.boolean()).default(true).describe("Whether it outlives the broker. Default: true."),
      autoDelete: dynamic(z.boolean())
        .default(false)
        .describe("Whether it ends when no queue is bound to it any more. Default: false."),
      internal: dynamic(z.boolean())
        .default(false)
        .describe("Whether only other exchanges may publish to it. Default: false."),
      args: anyMap().optional().describe("Further arguments, such as `alternate-exchange: unrouted`."),
    }),
  outputs: () => z.object({ exchange: z.string().describe("Name of the exchange.") }),
  examples: [
    {
      title: "Make an exchange for patterns of keys",
      code: "id: exchange\ntype: io.kestra.plugin.amqp.DeclareExchange\nhost: rabbitmq.example.com\nname: orders\nexchangeType: TOPIC\n",
    },
  ],
  run: (context) =>
    withBroker(context, async ({ channel }) => {
      const { name, exchangeType, durability: durable, autoDelete, internal, args } = context.properties;
      const options = { durable, autoDelete, internal, arguments: args ?? {} };
      const { exchange } = await channel.assertExchange(name, exchangeType.toLowerCase(), options);
      return { exchange };
    }),
});
