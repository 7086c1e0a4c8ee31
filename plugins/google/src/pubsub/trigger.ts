import { defineTrigger, deliverRows, duration, dynamic, type JsonValue, type PollingContext } from "@capstan/sdk";
import { z } from "zod";
import { collect } from "./collect.ts";
import { pubsubApi } from "./connection.ts";
import { maxDurationProperty, rowsOf } from "./consume.ts";
import { ownSubscription } from "./own-subscription.ts";
import {
  openSubscription,
  ownSubscriptionProperty,
  type Receipt,
  type Received,
  type Subscription,
  subscriptionProperties,
} from "./subscription.ts";

/** Messages of one execution: what is needed to acknowledge each is kept with it. */
export const EVENT_MESSAGES_MAX = 1_000;
/** How long one question receives, in milliseconds. */
const COLLECT_MS_MAX = 60_000;

const properties = () =>
  z.object({
    ...subscriptionProperties(),
    subscription: ownSubscriptionProperty(),
    interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
    maxRecords: dynamic(z.int().min(1))
      .default(EVENT_MESSAGES_MAX)
      .describe(
        `How many messages one execution gets at most. Default, and most: ${EVENT_MESSAGES_MAX}; those behind them come with the next question.`,
      ),
    maxDuration: maxDurationProperty(),
  });

/** How far the trigger got: durable with the execution of its last event. */
interface Position {
  readonly subscription: string;
  /** Messages that were told, and are to be acknowledged: pairs of ids. */
  readonly told: readonly (readonly [id: string, ackId: string])[];
}

/** Starts executions for messages of a subscription. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.gcp.pubsub.Trigger",
  title: "Start the flow when messages are in a subscription of Pub/Sub",
  description:
    "One execution for all that came since the last question. Its messages are acknowledged at the next question, when it is durable, so " +
    "that none is lost; one that comes again meanwhile is not told twice. For an execution for each message, at once, take `RealtimeTrigger`.",
  properties,
  outputs: () =>
    z.object({
      count: z.int().describe("How many messages there are."),
      uri: z.string().describe("The file of the messages, one a line."),
    }),
  examples: [
    {
      title: "Look for orders each minute",
      code:
        "id: orders\ntype: io.kestra.plugin.gcp.pubsub.Trigger\ninterval: PT1M\nprojectId: shop\n" +
        "serviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\ntopic: orders\nsubscription: capstan\nserdeType: JSON\n",
    },
  ],
  async poll(context) {
    const { properties: given, log } = context;
    const options = { ...given, subscription: ownSubscription(context) };
    const subscription = await openSubscription(pubsubApi(context, given), options, log);
    const stored = context.position as unknown as Position | undefined;
    const told = stored?.subscription === subscription.name ? stored.told.map(([id, ackId]) => ({ id, ackId })) : [];
    const left = await subscription.acknowledge(told);
    const { count, uri, taken } = await takeNew(context, subscription, new Set(told.map(({ id }) => id)));
    const position = positionOf(subscription.name, [...left, ...taken]);
    if (count > 0) return { variables: { count, uri }, position };
    return told.length === 0 ? undefined : { position };
  },
});

/** Those that were told already are acknowledged when they come again. */
async function takeNew(
  {
    properties: { maxRecords, maxDuration = COLLECT_MS_MAX },
    files,
  }: PollingContext<z.output<ReturnType<typeof properties>>>,
  subscription: Subscription,
  told: ReadonlySet<string>,
) {
  const taken: Receipt[] = [];
  const again: Receipt[] = [];
  const collected = collect(subscription, {
    maxRecords: Math.min(maxRecords, EVENT_MESSAGES_MAX),
    maxDuration: Math.min(maxDuration, COLLECT_MS_MAX),
  });
  async function* fresh(): AsyncGenerator<Received> {
    for await (const message of collected) {
      if (told.has(message.id)) again.push({ id: message.id, ackId: message.ackId });
      else yield message;
    }
  }
  try {
    const rows = rowsOf(fresh(), (receipt) => taken.push(receipt));
    const { uri, size: count } = await deliverRows(rows, "STORE", files, "messages.ion");
    await subscription.acknowledge(again);
    return { uri, count, taken };
  } catch (error) {
    await subscription.release([...taken, ...again], 0);
    throw error;
  }
}

function positionOf(subscription: string, messages: readonly Receipt[]): JsonValue {
  return { subscription, told: messages.map(({ id, ackId }) => [id, ackId]) } satisfies Position;
}
