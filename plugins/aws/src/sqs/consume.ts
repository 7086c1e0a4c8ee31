import { defineTask, deliverRows, duration, dynamic } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "../connection.ts";
import { openQueue, queueUrl } from "./access.ts";
import { collect, HELD_MAX } from "./collect.ts";
import { autoDelete, serdeType, visibilityTimeout } from "./messages.ts";
import { removeMessages } from "./remove.ts";
import { unusedProperties } from "./unused-properties.ts";

/** What a task and a trigger that collect messages have in common. */
export const collectProperties = (recordsMax: number) => ({
  ...connectionProperties(),
  ...unusedProperties(),
  queueUrl: queueUrl(),
  serdeType: serdeType(),
  autoDelete: autoDelete(),
  visibilityTimeout: visibilityTimeout(),
  maxRecords: dynamic(z.int().min(1).max(recordsMax))
    .default(recordsMax)
    .describe(`How many messages are taken at most. Default, and most: ${recordsMax}.`),
  maxDuration: duration()
    .optional()
    .describe("For how long messages are received, while there are any. Default: until the queue is empty."),
});

/** Takes messages from a queue into a file. */
export const consume = defineTask({
  type: "io.kestra.plugin.aws.sqs.Consume",
  title: "Take messages from a queue of SQS",
  description:
    "Until the queue is empty, or one of the limits is reached. Messages are removed once their file is stored; when the task fails before that, they come again.",
  properties: () => z.object(collectProperties(HELD_MAX)),
  outputs: () =>
    z.object({
      count: z.int().describe("How many messages were taken."),
      uri: z.string().describe("The file of the messages, one a line."),
    }),
  examples: [
    {
      title: "Take up to a thousand orders",
      code: "id: orders\ntype: io.kestra.plugin.aws.sqs.Consume\nqueueUrl: https://sqs.eu-central-1.amazonaws.com/123456789012/orders\nserdeType: JSON\nmaxRecords: 1000\n",
    },
  ],
  async run({ properties, identity, signal, files, log, metric }) {
    using access = await openQueue(properties, identity, signal);
    using collected = collect(access, properties, log);
    const { uri, size: count } = await deliverRows(rowsOf(collected.messages), "STORE", files, "messages.ion");
    if (properties.autoDelete) await removeMessages(access, collected.taken, log);
    metric({ name: "sqs.consume.records", type: "counter", value: count });
    return { count, uri };
  },
});

/** What is told of messages to whoever takes them. */
export async function* rowsOf<Row>(messages: AsyncIterable<{ readonly row: Row }>): AsyncGenerator<Row> {
  for await (const { row } of messages) yield row;
}
