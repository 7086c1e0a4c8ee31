import { defineTrigger, duration, dynamic, type RealtimeContext } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "../connection.ts";
import { openQueue, queueUrl } from "./access.ts";
import { autoDelete, messageRow, receive, type Received, serdeType, visibilityTimeout } from "./messages.ts";
import { removeMessages } from "./remove.ts";
import { unusedProperties } from "./unused-properties.ts";

const properties = () =>
  z.object({
    ...connectionProperties(),
    ...unusedProperties(),
    queueUrl: queueUrl(),
    serdeType: serdeType(),
    autoDelete: autoDelete(),
    visibilityTimeout: visibilityTimeout(),
    waitTime: duration()
      .default(20_000)
      .describe("For how long the queue is asked to wait for a message, PT20S at most. Default: PT20S."),
    maxNumberOfMessage: dynamic(z.int().min(1).max(10))
      .default(5)
      .describe("How many messages are under way at the same time, 10 at most. Default: 5."),
    clientRetryMaxAttempts: dynamic(z.int().min(1))
      .optional()
      .describe("Taken, and without effect: the library of AWS tries a request three times."),
  });

type Context = RealtimeContext<z.output<ReturnType<typeof properties>>>;

const WAIT_SECONDS_MAX = 20;

/** Starts an execution for each message, as it comes. */
export const realtimeTrigger = defineTrigger({
  type: "io.kestra.plugin.aws.sqs.RealtimeTrigger",
  title: "Start the flow for each message of a queue of SQS",
  description:
    "At once, and each at least once: a message is removed from the queue when its execution is durable. Messages of a FIFO queue are told one after the other; when one can't be, those behind it wait with it until `visibilityTimeout` is over.",
  properties,
  outputs: messageRow,
  examples: [
    {
      title: "Start for each order",
      code: "id: order\ntype: io.kestra.plugin.aws.sqs.RealtimeTrigger\nqueueUrl: https://sqs.eu-central-1.amazonaws.com/123456789012/orders\nserdeType: JSON\n",
    },
  ],
  async listen(context) {
    const { signal, log, properties: given } = context;
    using access = await openQueue(given, context, signal);
    const tell = given.queueUrl.endsWith(".fifo") ? tellInOrder : tellAtOnce;
    const reception = {
      ...given,
      waitSeconds: Math.min(Math.ceil(given.waitTime / 1_000), WAIT_SECONDS_MAX),
      max: given.maxNumberOfMessage,
    };
    while (!signal.aborted) {
      const { messages } = await receive(access, reception, log);
      const told = await tell(context, messages);
      if (given.autoDelete) await removeMessages(access, told, log);
    }
  },
});

async function tellAtOnce(context: Context, messages: readonly Received[]): Promise<readonly Received[]> {
  const told = await Promise.all(messages.map((message) => isTold(context, message)));
  return messages.filter((_, index) => told[index]);
}

async function tellInOrder(context: Context, messages: readonly Received[]): Promise<readonly Received[]> {
  const told: Received[] = [];
  for (const message of messages) {
    if (!(await isTold(context, message))) break;
    told.push(message);
  }
  return told;
}

/** What can't be told stays in the queue, which gives it again. */
async function isTold({ emit, log, signal }: Context, { id, row }: Received): Promise<boolean> {
  try {
    await emit({ variables: row });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    log.warn(`The message ${id} started no execution, and comes again: ${(error as Error).message}`);
    return false;
  }
}
