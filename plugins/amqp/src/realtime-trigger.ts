import { defineTrigger, type RealtimeContext, TaskFailure } from "@capstan/sdk";
import type { ConsumeMessage } from "amqplib";
import { z } from "zod";
import { withBroker } from "./connection.ts";
import { autoAck, consumerTag, consumingProperties } from "./consuming.ts";
import { messageOutputs, rowOf } from "./message.ts";

/** Executions that are started at the same time, and messages that the broker sends meanwhile. */
export const UNDER_WAY_MAX = 20;

const properties = () =>
  z.object({
    ...consumingProperties(),
    consumerTag: consumerTag(),
    autoAck: autoAck().describe(
      "Whether a message whose execution can't be made durable is dropped, and not given again. Default: false.",
    ),
  });
type Context = RealtimeContext<z.output<ReturnType<typeof properties>>>;

/** Starts one execution for each message. */
export const realtimeTrigger = defineTrigger({
  type: "io.kestra.plugin.amqp.RealtimeTrigger",
  title: "Start the flow for each message of a queue of AMQP",
  description: "At once, and each at least once: a message is acknowledged when its execution is durable.",
  properties,
  outputs: messageOutputs,
  examples: [
    {
      title: "Start for each order",
      code:
        "id: order\ntype: io.kestra.plugin.amqp.RealtimeTrigger\nhost: rabbitmq.example.com\nusername: capstan\n" +
        "password: \"{{ secret('RABBITMQ_PASSWORD') }}\"\nqueue: orders\nserdeType: JSON\n",
    },
  ],
  async listen(context) {
    const { log } = context;
    const { queue, consumerTag: tag } = context.properties;
    await withBroker(context, async ({ channel, lost }) => {
      const failed = Promise.withResolvers<never>();
      await channel.prefetch(UNDER_WAY_MAX);
      const { consumerTag: own } = await channel.consume(
        queue,
        (message) => {
          if (message === null) failed.reject(new TaskFailure(`The queue ${queue} was deleted, or its broker left.`));
          else
            tell(context, message)
              .then(() => channel.ack(message))
              .catch(failed.reject);
        },
        { consumerTag: `${tag}-${crypto.randomUUID()}` },
      );
      log.info(`Listens to ${queue} as ${own}.`);
      await Promise.race([failed.promise, lost]);
    });
  },
});

/** Resolves when the message is to be acknowledged. */
async function tell({ properties: given, emit, log, signal }: Context, message: ConsumeMessage): Promise<void> {
  try {
    await emit({ variables: rowOf(message, given.serdeType, log) });
  } catch (error) {
    if (!given.autoAck || signal.aborted) throw error;
    log.warn(`A message of ${given.queue} started no execution and is dropped, as \`autoAck\` wants.`);
  }
}
