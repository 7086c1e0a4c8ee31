import { defineTask, deliverRows, duration, dynamic, TaskFailure } from "@capstan/sdk";
import type { GetMessage } from "amqplib";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { type Broker, withBroker } from "./connection.ts";
import { autoAck, consumerTag, consumingProperties } from "./consuming.ts";
import { rowOf } from "./message.ts";

/** How long to wait until an empty queue is asked again. */
const EMPTY_MS = 100;

/** Takes messages from a queue into a file. */
export const consume = defineTask({
  type: "io.kestra.plugin.amqp.Consume",
  title: "Take messages from a queue of AMQP",
  description:
    "Until there are `maxRecords`, or `maxDuration` is over. They are acknowledged when the file is stored: when the task fails or is killed " +
    "before, the queue gives all of them again.",
  properties: () =>
    z.object({
      ...consumingProperties(),
      consumerTag: consumerTag(),
      autoAck: autoAck().describe("Whether the queue forgets messages as soon as it gave them. Default: false."),
      maxRecords: dynamic(z.int().min(1))
        .optional()
        .describe("After how many messages it ends; this or `maxDuration` is needed."),
      maxDuration: duration().optional().describe("After how long it ends, such as PT1M."),
    }),
  outputs: () =>
    z.object({
      count: z.int().describe("How many messages were taken."),
      uri: z.string().describe("The file of the messages, one a line, with `data`, `headers` and the rest."),
    }),
  examples: [
    {
      title: "Take a thousand orders, or what comes within a minute",
      code:
        "id: orders\ntype: io.kestra.plugin.amqp.Consume\nhost: rabbitmq.example.com\nqueue: orders\nserdeType: JSON\n" +
        "maxRecords: 1000\nmaxDuration: PT1M\n",
    },
  ],
  async run(context) {
    const { properties, files, log, metric, signal } = context;
    const { queue, serdeType: serde, autoAck: isForgotten, maxRecords, maxDuration } = properties;
    if (maxRecords === undefined && maxDuration === undefined)
      throw new TaskFailure("Neither `maxRecords` nor `maxDuration` says when to stop. Give at least one of them.");
    return withBroker(context, async ({ channel }) => {
      let last: GetMessage | undefined;
      async function* rows() {
        for await (const message of messagesOf(channel, properties, signal)) {
          last = message;
          yield rowOf(message, serde, log);
        }
      }
      const { uri, size } = await deliverRows(rows(), "STORE", files, "messages.ion");
      if (last !== undefined && !isForgotten) channel.ack(last, true);
      metric({ name: "records", type: "counter", value: size, tags: { queue } });
      log.info(`Took ${size} messages from ${queue}.`);
      return { count: size, uri: uri! };
    });
  },
});

interface Limits {
  readonly queue: string;
  readonly autoAck: boolean;
  readonly maxRecords?: number | undefined;
  readonly maxDuration?: number | undefined;
}

/** One is asked for after the other: what the broker sends by itself would fill the memory, for as long as nothing is acknowledged. */
async function* messagesOf(
  channel: Broker["channel"],
  { queue, autoAck: noAck, maxRecords = Infinity, maxDuration = Infinity }: Limits,
  signal: AbortSignal,
): AsyncGenerator<GetMessage> {
  const end = performance.now() + maxDuration;
  for (let count = 0; count < maxRecords && performance.now() < end;) {
    const message = await channel.get(queue, { noAck });
    if (message === false) {
      await delay(Math.min(EMPTY_MS, Math.max(0, end - performance.now())), undefined, { signal });
      continue;
    }
    yield message;
    count += 1;
  }
}
