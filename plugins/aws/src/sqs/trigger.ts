import { defineTrigger, deliverRows, duration, type JsonValue, type PollingContext } from "@capstan/sdk";
import { z } from "zod";
import { openQueue, type QueueAccess } from "./access.ts";
import { collect } from "./collect.ts";
import { collectProperties, rowsOf } from "./consume.ts";
import { type Receipt, receiptOf } from "./messages.ts";
import { removeMessages } from "./remove.ts";

/** Messages of one execution: what is known of each is kept with it. */
export const EVENT_MESSAGES_MAX = 400;
/** How long one question receives, in milliseconds. */
const COLLECT_MS_MAX = 60_000;
/** How much longer than until the next question a message is kept from others, in milliseconds. */
const SPARE_MS = 60_000;
const VISIBILITY_SECONDS_MAX = 43_200;

const properties = () =>
  z.object({
    ...collectProperties(EVENT_MESSAGES_MAX),
    interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
  });

/** How far the trigger got: durable with the execution of its last event. */
interface Position {
  readonly queueUrl: string;
  /** Messages that were told, and are to be removed: pairs of id and receipt. */
  readonly told: readonly (readonly [id: string, receipt: string])[];
}

/** Starts executions for messages of a queue. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.aws.sqs.Trigger",
  title: "Start the flow when messages are in a queue of SQS",
  description:
    "One execution for all that came since the last question. Its messages are removed from the queue at the next question, when it is durable, so that none is lost; one that comes again meanwhile is not told twice. For an execution for each message, at once, take `RealtimeTrigger`.",
  properties,
  outputs: () =>
    z.object({
      count: z.int().describe("How many messages there are."),
      uri: z.string().describe("The file of the messages, one a line."),
    }),
  examples: [
    {
      title: "Look for orders each minute",
      code: "id: orders\ntype: io.kestra.plugin.aws.sqs.Trigger\ninterval: PT1M\nqueueUrl: https://sqs.eu-central-1.amazonaws.com/123456789012/orders\nserdeType: JSON\n",
    },
  ],
  async poll(context) {
    using access = await openQueue(context.properties, context, context.signal);
    const { queueUrl, autoDelete } = context.properties;
    const stored = context.position as unknown as Position | undefined;
    const told = stored?.queueUrl === queueUrl ? stored.told.map(([id, receipt]) => ({ id, receipt })) : [];
    const left = await removeMessages(access, told, context.log);
    const { count, uri, taken } = await takeNew(context, access, new Set(told.map(({ id }) => id)));
    const position = positionOf(queueUrl, autoDelete ? [...left, ...taken] : left);
    if (count > 0) return { variables: { count, uri }, position };
    return told.length === 0 ? undefined : { position };
  },
});

/** Those that were told already are removed when they come again. */
async function takeNew(
  {
    properties: { interval, visibilityTimeout, ...given },
    files,
    log,
  }: PollingContext<z.output<ReturnType<typeof properties>>>,
  access: QueueAccess,
  told: ReadonlySet<string>,
) {
  const seconds = Math.max(visibilityTimeout, Math.ceil((interval + SPARE_MS) / 1_000));
  const collection = {
    ...given,
    visibilityTimeout: Math.min(seconds, VISIBILITY_SECONDS_MAX),
    maxDuration: Math.min(given.maxDuration ?? COLLECT_MS_MAX, COLLECT_MS_MAX),
  };
  using collected = collect(access, collection, log);
  const taken: Receipt[] = [];
  const again: Receipt[] = [];
  async function* fresh() {
    for await (const message of collected.messages) {
      (told.has(message.id) ? again : taken).push(receiptOf(message));
      if (!told.has(message.id)) yield message;
    }
  }
  const { uri, size: count } = await deliverRows(rowsOf(fresh()), "STORE", files, "messages.ion");
  await removeMessages(access, again, log);
  return { uri, count, taken };
}

function positionOf(queueUrl: string, messages: readonly Receipt[]): JsonValue {
  return {
    queueUrl,
    told: messages.map(({ id, receipt }) => [id, receipt]),
  } satisfies Position;
}
