import { anyValue, defineTask, givenValues, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, withNats } from "../connection.ts";
import { headersOf, sentOf } from "../message.ts";

/** Messages that are on their way until the server says that it has them. */
const UNCONFIRMED_MAX = 1_000;

/** Publishes messages to a subject. */
export const produce = defineTask({
  type: "io.kestra.plugin.nats.core.Produce",
  aliases: ["io.kestra.plugin.nats.Produce"],
  title: "Publish messages with NATS",
  description:
    "Ends when the server has all of them. Whether anybody keeps them, a stream or a subscriber, NATS does not tell.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      subject: text().describe("Subject to publish to."),
      from: anyValue().describe(
        "What to publish: a list of messages, one message, or the address of a file with one message a line, in JSON or Ion. " +
          "A message is a text, or a map with `data` and, if need be, `headers`.",
      ),
    }),
  outputs: () => z.object({ messagesCount: z.int().describe("How many messages were published.") }),
  examples: [
    {
      title: "Publish one message",
      code:
        "id: publish\ntype: io.kestra.plugin.nats.core.Produce\nurl: nats://nats.example.com:4222\nsubject: orders.new\n" +
        "from:\n  data: order 1\n  headers: { source: capstan }\n",
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const { subject } = properties;
    const messagesCount = await withNats(context, async (connection) => {
      let count = 0;
      for await (const given of givenValues(properties.from, files)) {
        const message = sentOf(given);
        connection.publish(subject, message.data, await headersOf(message));
        count += 1;
        if (count % UNCONFIRMED_MAX === 0) await connection.flush();
      }
      await connection.flush();
      return count;
    });
    metric({ name: "records", type: "counter", value: messagesCount, tags: { subject } });
    log.info(`Published ${messagesCount} messages to ${subject}.`);
    return { messagesCount };
  },
});
