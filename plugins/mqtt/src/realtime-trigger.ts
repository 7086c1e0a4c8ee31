import { defineTrigger, text } from "@capstan/sdk";
import { z } from "zod";
import { withBroker } from "./connection.ts";
import { messageOf } from "./payload.ts";
import { askedQos, messageOutputs, subscriptionProperties } from "./subscription.ts";

/** How long the broker keeps messages for a trigger that is away: a week. */
export const KEPT_SECONDS = 7 * 24 * 60 * 60;

/** Starts one execution for each message. */
export const realtimeTrigger = defineTrigger({
  type: "io.kestra.plugin.mqtt.RealtimeTrigger",
  title: "Start the flow for each message of MQTT",
  description:
    "A message is acknowledged when its execution is durable. The broker keeps what comes while the trigger is away, for a week or as it " +
    "is set up.",
  properties: () =>
    z.object({
      ...subscriptionProperties(),
      clientId: text()
        .optional()
        .describe(
          "Name of the client, by which the broker knows it again. Default: made of the names of the flow and the trigger.",
        ),
    }),
  outputs: messageOutputs,
  examples: [
    {
      title: "Start for each value of a sensor",
      code:
        "id: sensors\ntype: io.kestra.plugin.mqtt.RealtimeTrigger\nserver: tcp://mqtt.example.com:1883\n" +
        "clientId: capstan-sensors\ntopic: [sensors/cpu, sensors/mem]\n",
    },
  ],
  async listen(context) {
    const { properties, emit, log } = context;
    const { tenant, namespace, flowId, triggerId } = context;
    const session = {
      clientId: properties.clientId ?? `capstan-${[tenant, namespace, flowId, triggerId].join("-")}`,
      keptSeconds: KEPT_SECONDS,
      take: (packet: Parameters<typeof messageOf>[0]) =>
        emit({ variables: { ...messageOf(packet, properties.serdeType, log) } }),
    };
    await withBroker(context, session, async ({ client, lost }) => {
      await client.subscribeAsync([...properties.topic], {
        qos: askedQos(properties.qos),
        // What the broker retains is new to a new session only.
        ...(properties.mqttVersion === "V5" ? { rh: 1 } : {}),
      });
      await lost;
    });
  },
});
