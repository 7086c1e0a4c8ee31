import { defineTask, deliverRows, duration, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { collect } from "./collect.ts";
import { pubsubApi } from "./connection.ts";
import { openSubscription, type Receipt, type Received, subscriptionProperties } from "./subscription.ts";

/** Messages of one file: their ids are kept until it is stored. */
export const RECORDS_MAX = 100_000;

export const maxDurationProperty = () =>
  duration()
    .optional()
    .describe(
      "For how long messages are received, while there are any; PT5M at most. Default: until none comes for ten seconds.",
    );

/** Takes messages from a subscription into a file. */
export const consume = defineTask({
  type: "io.kestra.plugin.gcp.pubsub.Consume",
  title: "Take messages from a subscription of Pub/Sub",
  description:
    "Until no message comes for ten seconds, or one of the limits is reached. Messages are acknowledged once their file is stored; when the " +
    "task fails before that, they come again.",
  properties: () =>
    z.object({
      ...subscriptionProperties(),
      subscription: text().describe(
        "Name of the subscription, or projects/…/subscriptions/… for one of another project.",
      ),
      maxRecords: dynamic(z.int().min(1).max(RECORDS_MAX))
        .default(RECORDS_MAX)
        .describe(`How many messages are taken at most. Default, and most: ${RECORDS_MAX}.`),
      maxDuration: maxDurationProperty(),
    }),
  outputs: () =>
    z.object({
      count: z.int().describe("How many messages were taken."),
      uri: z.string().describe("The file of the messages, one a line."),
    }),
  examples: [
    {
      title: "Take up to a thousand orders",
      code:
        "id: orders\ntype: io.kestra.plugin.gcp.pubsub.Consume\nprojectId: shop\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\n" +
        "topic: orders\nsubscription: capstan\nserdeType: JSON\nmaxRecords: 1000\n",
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const subscription = await openSubscription(pubsubApi(context, properties), properties, log);
    const taken: Receipt[] = [];
    try {
      const rows = rowsOf(collect(subscription, properties), (receipt) => taken.push(receipt));
      const { uri, size: count } = await deliverRows(rows, "STORE", files, "messages.ion");
      context.signal.throwIfAborted();
      await subscription.acknowledge(taken);
      metric({ name: "pubsub.consume.records", type: "counter", value: count });
      return { count, uri };
    } catch (error) {
      await subscription.release(taken, 0);
      throw error;
    }
  },
});

/** What is told of messages to whoever takes them. */
export async function* rowsOf(messages: AsyncIterable<Received>, onTaken: (receipt: Receipt) => void) {
  for await (const { id, ackId, row } of messages) {
    onTaken({ id, ackId });
    yield row;
  }
}
