import { anyValue, defineTask, givenValues, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, withBroker } from "./connection.ts";
import { sentOf, serdeType } from "./message.ts";

/** Messages that wait for the broker's word at once. */
const UNCONFIRMED_MAX = 1_000;

/** Publishes messages to an exchange. */
export const publish = defineTask({
  type: "io.kestra.plugin.amqp.Publish",
  title: "Publish messages with AMQP",
  description:
    "Ends when the broker has confirmed all of them. It drops those that no queue is bound for, and confirms them too.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      exchange: text().describe("Exchange to publish to. An empty text is the one that knows each queue by its name."),
      routingKey: text().optional().describe("Key that the exchange finds queues by. Default: none."),
      from: anyValue().describe(
        "What to publish: a list of messages, one message, or the address of a file with one message a line, in JSON or Ion. A message is " +
          "what it holds, or a map with `data` and, if need be, `headers`, `contentType`, `messageId`, `expiration` and the like.",
      ),
      serdeType: serdeType(),
    }),
  outputs: () => z.object({ messagesCount: z.int().describe("How many messages were published.") }),
  examples: [
    {
      title: "Publish one message",
      code:
        "id: publish\ntype: io.kestra.plugin.amqp.Publish\nhost: rabbitmq.example.com\nusername: capstan\n" +
        "password: \"{{ secret('RABBITMQ_PASSWORD') }}\"\nexchange: orders\nroutingKey: new\nserdeType: JSON\n" +
        "from:\n  data: { id: 1 }\n  headers: { source: capstan }\n",
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const { exchange, routingKey = "", serdeType: serde } = properties;
    const messagesCount = await withBroker(context, async ({ channel }) => {
      await (exchange === "" ? undefined : channel.checkExchange(exchange));
      let count = 0;
      for await (const given of givenValues(properties.from, files)) {
        const { content, options } = sentOf(given, serde);
        channel.publish(exchange, routingKey, content, options);
        count += 1;
        if (count % UNCONFIRMED_MAX === 0) await channel.waitForConfirms();
      }
      await channel.waitForConfirms();
      return count;
    });
    metric({ name: "records", type: "counter", value: messagesCount, tags: { exchange } });
    log.info(`Published ${messagesCount} messages to the exchange "${exchange}".`);
    return { messagesCount };
  },
});
