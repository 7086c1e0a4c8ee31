import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { collect, collectedOutputs, limitProperties } from "./collect.ts";
import { withRecords } from "./record-source.ts";
import { checkSerdes } from "./serde.ts";
import { groupId, subscriptionProperties } from "./subscription.ts";

/** Reads records of topics into a file. */
export const consume = defineTask({
  type: "io.kestra.plugin.kafka.Consume",
  title: "Read records of Kafka",
  description:
    "Without a group it reads everything that there is. With `groupId` it reads what the group has not read yet, and commits that when the " +
    "file is stored: when the task fails or is killed before, all of it comes again.",
  properties: () =>
    z.object({
      ...subscriptionProperties(),
      ...limitProperties(),
      groupId: groupId().optional(),
    }),
  outputs: collectedOutputs,
  examples: [
    {
      title: "Read what came since the last time",
      code:
        "id: consume\ntype: io.kestra.plugin.kafka.Consume\ntopic: orders\ngroupId: nightly\nvalueDeserializer: JSON\nmaxRecords: 10000\n" +
        "properties:\n  bootstrap.servers: kafka.example.com:9092\n  auto.offset.reset: earliest\n",
    },
    {
      title: "Read one day of two topics, over TLS and with a password",
      code:
        "id: consume\ntype: io.kestra.plugin.kafka.Consume\ntopic: [orders, returns]\nsince: 2026-01-31T00:00:00Z\nproperties:\n" +
        "  bootstrap.servers: kafka.example.com:9093\n  security.protocol: SASL_SSL\n  sasl.mechanism: SCRAM-SHA-512\n" +
        "  sasl.jaas.config: \"{{ secret('KAFKA_JAAS') }}\"\n",
    },
  ],
  async run(context) {
    const { properties, log, metric } = context;
    checkSerdes(properties.keyDeserializer, properties.valueDeserializer);
    return withRecords(context, async (source) => {
      const { messagesCount, uri, read, counts } = await collect(source, properties, context);
      await source.commit(read);
      for (const [topic, value] of counts) metric({ name: "records", type: "counter", value, tags: { topic } });
      log.info(`Read ${messagesCount} records.`);
      return { messagesCount, uri };
    });
  },
});
