import { anyMap, defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, withBroker } from "./connection.ts";

/** Binds a queue to an exchange. */
export const queueBind = defineTask({
  type: "io.kestra.plugin.amqp.QueueBind",
  title: "Bind a queue of AMQP to an exchange",
  properties: () =>
    z.object({
      ...connectionProperties(),
      exchange: text().describe("Exchange that messages come from."),
      queue: text().describe("Queue that they go to."),
      routingKey: text().optional().describe("Key, or with a TOPIC a pattern of keys, of the messages. Default: none."),
      args: anyMap()
        .optional()
        .describe("Further arguments, such as the headers that an exchange of HEADERS looks for."),
    }),
  outputs: () =>
    z.object({
      queue: z.string().describe("Name of the queue."),
      exchange: z.string().describe("Name of the exchange."),
    }),
  examples: [
    {
      title: "Send new orders to a queue",
      code: "id: bind\ntype: io.kestra.plugin.amqp.QueueBind\nhost: rabbitmq.example.com\nexchange: orders\nqueue: new-orders\nroutingKey: new\n",
    },
  ],
  run: (context) =>
    withBroker(context, async ({ channel }) => {
      const { exchange, queue, routingKey = "", args } = context.properties;
      await channel.bindQueue(queue, exchange, routingKey, args ?? {});
      return { queue, exchange };
    }),
});
