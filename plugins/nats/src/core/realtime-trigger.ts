import { defineTrigger, type RealtimeContext, TaskFailure } from "@capstan/sdk";
import type { JsMsg } from "@nats-io/jetstream";
import { z } from "zod";
import { withNats } from "../connection.ts";
import { messageOutputs, rowOf } from "../message.ts";
import { endOf, type Reader, subscriptionProperties, withReader } from "../subscription.ts";

/** How often the time of a message that waits is renewed within that time. */
const RENEWALS = 3;
/** Until the client asks the server again, which notices one that is gone. */
const WAIT_MS = 10_000;

const properties = () => z.object(subscriptionProperties());
type Context = RealtimeContext<z.output<ReturnType<typeof properties>>>;

/** Starts one execution for each message. */
export const realtimeTrigger = defineTrigger({
  type: "io.kestra.plugin.nats.core.RealtimeTrigger",
  aliases: ["io.kestra.plugin.nats.RealtimeTrigger"],
  title: "Start the flow for each message of JetStream",
  description:
    "At once, one after the other, and each at least once. The trigger knows how far it got; with `durableId` the consumer does, which is told " +
    "of a message when its execution is durable.",
  properties,
  outputs: messageOutputs,
  examples: [
    {
      title: "Start for each order",
      code:
        "id: order\ntype: io.kestra.plugin.nats.core.RealtimeTrigger\nurl: nats://nats.example.com:4222\nsubject: orders.new\n" +
        "durableId: capstan\n",
    },
  ],
  async listen(context) {
    const { properties: given, signal } = context;
    await withNats(context, async (connection) => {
      const stored = context.position as unknown as { readonly stream: string; readonly sequence: number } | undefined;
      const behind = given.durableId === undefined ? (stored ?? (await startOf(context, connection))) : undefined;
      await withReader(connection, given, behind, async (reader) => {
        while (!signal.aborted) {
          const batch = await reader.consumer.fetch({ max_messages: askedFor(context), expires: WAIT_MS });
          for await (const message of batch) await tell(context, reader, message);
          if (connection.isClosed()) return;
        }
      });
    });
  },
});

/** Those that wait behind one that fails would only come again when the time of the consumer is over. */
function askedFor({ properties: { durableId, batchSize } }: Context): number {
  return durableId === undefined ? batchSize : 1;
}

/** Where to begin for what is new; a consumer of its own would begin again with each connection. */
async function startOf({ properties: given }: Context, connection: Parameters<typeof endOf>[0]) {
  return given.deliverPolicy === "New" && given.since === undefined ? endOf(connection, given.subject) : undefined;
}

/** The consumer keeps the message from others as long as it waits. Throws when its execution can't be durable: then it comes again. */
async function tell({ emit }: Context, { stream, ackWaitMs }: Reader, message: JsMsg): Promise<void> {
  const timer = ackWaitMs === undefined ? undefined : setInterval(() => message.working(), ackWaitMs / RENEWALS);
  try {
    const position = ackWaitMs === undefined ? { position: { stream, sequence: message.seq } } : {};
    await emit({ variables: rowOf(message), ...position });
    if (ackWaitMs !== undefined && !(await message.ackAck()))
      throw new TaskFailure(`The message ${message.seq} of ${stream} can't be acknowledged, and comes again.`);
  } catch (error) {
    if (ackWaitMs !== undefined) message.nak();
    throw error;
  } finally {
    clearInterval(timer);
  }
}
