import { anyValue, defineTask, dynamic, givenValues, text } from "@capstan/sdk";
import type { IClientPublishOptions } from "mqtt";
import { z } from "zod";
import { connectionProperties, withBroker } from "./connection.ts";
import { payloadOf, serdeType } from "./payload.ts";

/** Messages that wait for the broker's word at once. */
const UNDER_WAY_MAX = 100;

/** Sends messages to a topic. */
export const publish = defineTask({
  type: "io.kestra.plugin.mqtt.Publish",
  title: "Publish messages with MQTT",
  description: "Ends when the broker has acknowledged all of them, unless `qos` is 0.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      clientId: text().describe("Name of the client; a broker ends the connection of another one of the same name."),
      topic: text().describe("Topic to publish to."),
      from: anyValue().describe(
        "What to publish: a list of values, one map or text, or the address of a file with one JSON or Ion value a line.",
      ),
      retain: dynamic(z.boolean())
        .default(false)
        .describe("Whether the broker keeps the last message for those who subscribe later. Default: false."),
      responseTopic: text().optional().describe("Where an answer is expected (MQTT 5)."),
      correlationData: text().optional().describe("What an answer is to be recognised by (MQTT 5)."),
      serdeType: serdeType().describe("How values become payloads: STRING, JSON, or BYTES (of Base64)."),
      qos: dynamic(z.union([z.literal(0), z.literal(1), z.literal(2)]))
        .default(1)
        .describe("0 for at most once, 1 for at least once, 2 for exactly once. Default: 1."),
    }),
  outputs: () => z.object({ messagesCount: z.int().describe("How many messages were published.") }),
  examples: [
    {
      title: "Publish one message",
      code:
        "id: publish\ntype: io.kestra.plugin.mqtt.Publish\nserver: tcp://mqtt.example.com:1883\nclientId: capstan-publisher\n" +
        "topic: sensors/cpu\nserdeType: JSON\nfrom:\n  type: sensors\n  value: 1.23\n",
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const { topic, serdeType: serde } = properties;
    const count = await withBroker(
      context,
      { clientId: properties.clientId, keptSeconds: 0 },
      async ({ client, lost }) => {
        let sent = 0;
        let underWay: Promise<unknown>[] = [];
        for await (const value of givenValues(properties.from, files)) {
          underWay.push(client.publishAsync(topic, payloadOf(value, serde), publishOptions(properties)));
          sent += 1;
          if (underWay.length < UNDER_WAY_MAX) continue;
          await Promise.race([Promise.all(underWay), lost]);
          underWay = [];
        }
        await Promise.all(underWay);
        return sent;
      },
    );
    metric({ name: "records", type: "counter", value: count, tags: { topic } });
    log.info(`Published ${count} messages to ${topic}.`);
    return { messagesCount: count };
  },
});

interface Sending {
  readonly mqttVersion: "V3" | "V5";
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly responseTopic?: string | undefined;
  readonly correlationData?: string | undefined;
}

function publishOptions({ mqttVersion, qos, retain, responseTopic, correlationData }: Sending): IClientPublishOptions {
  if (mqttVersion === "V3") return { qos, retain };
  const answer = {
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData) }),
  };
  return { qos, retain, properties: answer };
}
