import { defineTask, deliverRows, duration, dynamic, TaskFailure, text } from "@capstan/sdk";
import type { IPublishPacket } from "mqtt";
import { z } from "zod";
import { withBroker } from "./connection.ts";
import { messageOf } from "./payload.ts";
import { askedQos, subscriptionProperties } from "./subscription.ts";

/** A message that the broker waits to hear of. */
interface Waiting {
  readonly packet: IPublishPacket;
  readonly take: () => void;
}

/** Receives messages into a file. */
export const subscribe = defineTask({
  type: "io.kestra.plugin.mqtt.Subscribe",
  title: "Receive messages of MQTT for a while",
  description:
    "Receives what is published from its start on, and messages that the broker retains. When the task fails or is killed, what it received is gone: " +
    "use `RealtimeTrigger` where nothing may get lost.",
  properties: () =>
    z.object({
      ...subscriptionProperties(),
      clientId: text().describe("Name of the client; a broker ends the connection of another one of the same name."),
      maxRecords: dynamic(z.int().min(1))
        .optional()
        .describe("After how many messages it ends; this or `maxDuration` is needed."),
      maxDuration: duration().optional().describe("After how long it ends, such as PT1M."),
    }),
  outputs: () =>
    z.object({
      messagesCount: z.int().describe("How many messages were received."),
      uri: z.string().describe("The file of the messages, one a line, with `topic`, `payload` and the rest."),
    }),
  examples: [
    {
      title: "Receive ten values, or what comes within a minute",
      code:
        "id: receive\ntype: io.kestra.plugin.mqtt.Subscribe\nserver: tcp://mqtt.example.com:1883\nclientId: capstan-receiver\n" +
        "topic: sensors/#\nmaxRecords: 10\nmaxDuration: PT1M\n",
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const { maxRecords, maxDuration, serdeType: serde } = properties;
    if (maxRecords === undefined && maxDuration === undefined)
      throw new TaskFailure(
        "Neither `maxRecords` nor `maxDuration` says when to stop receiving. Give at least one of them.",
      );
    const { next, give } = handOver();
    const counts = new Map<string, number>();
    const session = { clientId: properties.clientId, keptSeconds: 0, take: give };
    const { uri, size } = await withBroker(context, session, async ({ client, lost }) => {
      await client.subscribeAsync([...properties.topic], { qos: askedQos(properties.qos) });
      const { isOver, cancel } = timeLimit(maxDuration);
      async function* messages() {
        for (let count = 0; count < (maxRecords ?? Number.POSITIVE_INFINITY); count += 1) {
          const waiting = await Promise.race([next(), isOver, lost]);
          if (waiting === undefined) return;
          const message = messageOf(waiting.packet, serde, log);
          counts.set(message.topic, (counts.get(message.topic) ?? 0) + 1);
          yield message;
          waiting.take();
        }
      }
      try {
        return await deliverRows(messages(), "STORE", files, "messages.ion");
      } finally {
        cancel();
      }
    });
    for (const [topic, value] of counts) metric({ name: "records", type: "counter", value, tags: { topic } });
    log.info(`Received ${size} messages.`);
    return { messagesCount: size, uri: uri! };
  },
});

/** Hands over one message after the other; the giver waits until it is taken, so that there is never more than one. */
function handOver() {
  const given: Waiting[] = [];
  let arrived = Promise.withResolvers<void>();
  return {
    give: (packet: IPublishPacket) =>
      new Promise<void>((take) => {
        given.push({ packet, take });
        arrived.resolve();
      }),
    next: async (): Promise<Waiting> => {
      await arrived.promise;
      const waiting = given.shift()!;
      if (given.length === 0) arrived = Promise.withResolvers<void>();
      return waiting;
    },
  };
}

function timeLimit(milliseconds: number | undefined): {
  readonly isOver: Promise<undefined>;
  readonly cancel: () => void;
} {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = milliseconds === undefined ? undefined : setTimeout(() => resolve(undefined), milliseconds);
  return { isOver: promise, cancel: () => clearTimeout(timer) };
}
