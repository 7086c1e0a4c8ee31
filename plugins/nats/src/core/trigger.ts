import { defineTrigger, duration, dynamic, type JsonValue } from "@capstan/sdk";
import type { JsMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { collect, collectedOutputs } from "../collect.ts";
import { withNats } from "../connection.ts";
import { endOf, limitProperties, subscriptionProperties, withReader } from "../subscription.ts";

/** Messages of one execution with `durableId`: where each is acknowledged is kept with it. */
export const HELD_MAX = 400;
/** How long one question reads a subject that is never silent, in milliseconds; the next question goes on. */
const BUSY_MS_MAX = 60_000;

/** How far the trigger got: durable with the execution of its last event. */
interface Position {
  readonly stream: string;
  /** Of the last message that was told. */
  readonly sequence: number;
  readonly durableId?: string;
  /** Messages that were told and are to be acknowledged, with where. */
  readonly told?: readonly (readonly [sequence: number, reply: string])[];
}

/** Reads messages again and again, and starts one execution for all it found. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.nats.core.Trigger",
  aliases: ["io.kestra.plugin.nats.Trigger"],
  title: "Start the flow for messages of JetStream, many at a time",
  description:
    "One execution for all that came since the last question. The trigger knows how far it got; with `durableId` the consumer does, and its " +
    "messages are acknowledged at the next question, when the execution is durable. So none is lost.",
  properties: () =>
    z.object({
      ...subscriptionProperties(),
      ...limitProperties(),
      maxRecords: dynamic(z.int().min(1))
        .optional()
        .describe(
          `How many messages make one execution at most. With \`durableId\` ${HELD_MAX} at most, which is the default then.`,
        ),
      interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
    }),
  outputs: collectedOutputs,
  examples: [
    {
      title: "Look for orders every ten minutes",
      code:
        "id: orders\ntype: io.kestra.plugin.nats.core.Trigger\ninterval: PT10M\nurl: nats://nats.example.com:4222\n" +
        "subject: orders.>\nbatchSize: 500\n",
    },
  ],
  async poll(context) {
    const { properties, log, files } = context;
    const { subject, durableId } = properties;
    const stored = context.position as unknown as Position | undefined;
    const position = stored?.durableId === durableId ? stored : undefined;
    return withNats(context, async (connection) => {
      if (position === undefined && durableId === undefined && properties.deliverPolicy === "New")
        return { position: { ...(await endOf(connection, subject)) } };
      const told = await acknowledge(connection, position);
      return withReader(connection, properties, position, async (reader) => {
        const recordsMax = durableId === undefined ? Infinity : HELD_MAX;
        const maxRecords = Math.min(properties.maxRecords ?? recordsMax, recordsMax);
        const limits = { ...properties, busyMsMax: BUSY_MS_MAX, maxRecords };
        using collected = await collect(reader, limits, context, ({ seq }) => told.has(seq));
        const { messagesCount, uri, lastSequence, held } = collected;
        for (const message of held) if (told.has(message.seq)) message.ack();
        await connection.flush();
        const fresh = held.filter(({ seq }) => !told.has(seq));
        const sequence = Math.max(lastSequence, position?.stream === reader.stream ? position.sequence : 0);
        const next = positionOf({ stream: reader.stream, sequence }, durableId, fresh);
        if (messagesCount > 0) {
          log.info(`Read ${messagesCount} messages of ${subject}.`);
          return { variables: { messagesCount, uri }, position: next };
        }
        await files.delete(uri);
        return told.size === 0 ? undefined : { position: next };
      });
    });
  },
});

function positionOf(
  place: Pick<Position, "stream" | "sequence">,
  durableId: string | undefined,
  held: readonly JsMsg[],
): JsonValue {
  if (durableId === undefined) return { ...place };
  // The type of messages leaves out where they are answered, which all of them have.
  const told = held.map((message) => [message.seq, (message as JsMsg & { readonly reply: string }).reply] as const);
  return { ...place, durableId, told } satisfies Position;
}

/** Answers the numbers of the messages, which come again when this is too late for the consumer. */
async function acknowledge(connection: NatsConnection, position: Position | undefined): Promise<ReadonlySet<number>> {
  const told = position?.told ?? [];
  for (const [, reply] of told) connection.publish(reply, "+ACK");
  if (told.length > 0) await connection.flush();
  return new Set(told.map(([sequence]) => sequence));
}
