import { defineTrigger, duration, dynamic, type RealtimeContext } from "@capstan/sdk";
import { z } from "zod";
import { pubsubApi } from "./connection.ts";
import { ownSubscription } from "./own-subscription.ts";
import {
  messageRow,
  openSubscription,
  ownSubscriptionProperty,
  type Received,
  subscriptionProperties,
} from "./subscription.ts";

/** Messages that are under way at the same time. */
const AT_ONCE_MAX = 100;
/** After how long a message that could not be told comes again, in seconds. */
export const AGAIN_SECONDS = 10;

const unused = (schema: z.ZodType, what: string) =>
  schema.optional().meta({ deprecated: true, description: `Accepted without effect: ${what}` });

const properties = () =>
  z.object({
    ...subscriptionProperties(),
    subscription: ownSubscriptionProperty(),
    interval: unused(duration(), "messages are told as they come."),
    maxRecords: unused(dynamic(z.int()), "each message is an execution."),
    maxDuration: unused(duration(), "the trigger listens for as long as it is enabled."),
  });

type Context = RealtimeContext<z.output<ReturnType<typeof properties>>>;

/** Starts an execution for each message, as it comes. */
export const realtimeTrigger = defineTrigger({
  type: "io.kestra.plugin.gcp.pubsub.RealtimeTrigger",
  title: "Start the flow for each message of a subscription of Pub/Sub",
  description:
    "At once, and each at least once: a message is acknowledged when its execution is durable. Messages of one ordering key are told one " +
    "after the other; when one can't be, those behind it wait with it.",
  properties,
  outputs: messageRow,
  examples: [
    {
      title: "Start for each order",
      code:
        "id: order\ntype: io.kestra.plugin.gcp.pubsub.RealtimeTrigger\nprojectId: shop\n" +
        "serviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\ntopic: orders\nserdeType: JSON\n",
    },
  ],
  async listen(context) {
    const { properties: given, signal, log } = context;
    const options = { ...given, subscription: ownSubscription(context) };
    const subscription = await openSubscription(pubsubApi(context, given), options, log);
    while (!signal.aborted) {
      const { messages } = await subscription.pull({ max: AT_ONCE_MAX });
      const told = new Set((await Promise.all(inOrder(messages).map((group) => tell(context, group)))).flat());
      await subscription.release(
        messages.filter((message) => !told.has(message)),
        AGAIN_SECONDS,
      );
      await subscription.acknowledge([...told]);
    }
  },
});

/** Messages of one key in one list; each of the others alone. */
function inOrder(messages: readonly Received[]): readonly (readonly Received[])[] {
  return [
    ...Map.groupBy(messages, ({ id, row: { orderingKey } }) =>
      orderingKey === undefined ? `id ${id}` : `key ${orderingKey}`,
    ).values(),
  ];
}

/** Tells messages one after the other; answers those that were told. */
async function tell({ emit, log, signal }: Context, messages: readonly Received[]): Promise<readonly Received[]> {
  const told: Received[] = [];
  for (const message of messages) {
    try {
      await emit({ variables: message.row });
      told.push(message);
    } catch (error) {
      if (!signal.aborted)
        log.warn(`The message ${message.id} could not be told, and comes again. ${(error as Error).message}`);
      break;
    }
  }
  return told;
}
