import { deep, defineTask, type ExecutionFiles, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { batchesOf } from "../batches.ts";
import { connectionProperties } from "../connection.ts";
import { asText, givenEntries } from "../given-entries.ts";
import { BATCH_MAX, openQueue, queueUrl, type QueueAccess } from "./access.ts";
import { unusedProperties } from "./unused-properties.ts";

/** What one request holds: as many bytes as every server takes. */
const BATCH = { count: BATCH_MAX, bytes: 262_144 };

const message = z.object({
  data: z.unknown().refine((value) => value !== undefined && value !== null, "is missing"),
  groupId: z.string().nullish(),
  deduplicationId: z.string().nullish(),
  delaySeconds: z.int().min(0).max(900).nullish(),
});

const MESSAGES = { noun: "Message", property: "from", otherwise: "it is no map with `data`", schema: message };

interface Entry {
  readonly MessageBody: string;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly DelaySeconds?: number;
}

/** Sends messages to a queue. */
export const publish = defineTask({
  type: "io.kestra.plugin.aws.sqs.Publish",
  title: "Send messages to a queue of SQS",
  description:
    "In the order in which they are given, ten to a request. When one is refused, the task fails and says which; those before it are sent.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...unusedProperties(),
      queueUrl: queueUrl(),
      from: deep().describe(
        "A message, a list of them, or the address of a file with one a line. Each is a map: `data` (a text, or any other value, sent as JSON) and, where wanted, `groupId`, `deduplicationId` and `delaySeconds`.",
      ),
    }),
  outputs: () => z.object({ messagesCount: z.int().describe("How many were sent.") }),
  examples: [
    {
      title: "Tell a queue of an order",
      code: 'id: tell\ntype: io.kestra.plugin.aws.sqs.Publish\nqueueUrl: https://sqs.eu-central-1.amazonaws.com/123456789012/orders\nfrom:\n  - data: { order: "{{ inputs.order }}" }\n',
    },
    {
      title: "Send a message for each row of a file",
      code: 'id: tell_all\ntype: io.kestra.plugin.aws.sqs.Publish\nqueueUrl: https://sqs.eu-central-1.amazonaws.com/123456789012/orders.fifo\nfrom: "{{ outputs.rows.uri }}"\n',
    },
  ],
  async run({ properties, identity, signal, files, metric }) {
    using access = await openQueue(properties, identity, signal);
    let messagesCount = 0;
    for await (const batch of batchesOf(entriesOf(properties.from, files), BATCH, bytesOf)) {
      await send(access, batch, messagesCount);
      messagesCount += batch.length;
    }
    metric({ name: "sqs.publish.messages", type: "counter", value: messagesCount });
    return { messagesCount };
  },
});

async function* entriesOf(from: unknown, files: ExecutionFiles): AsyncGenerator<Entry> {
  for await (const { data, groupId, deduplicationId, delaySeconds } of givenEntries(from, files, MESSAGES))
    yield {
      MessageBody: asText(data),
      ...(groupId != null && { MessageGroupId: groupId }),
      ...(deduplicationId != null && { MessageDeduplicationId: deduplicationId }),
      ...(delaySeconds != null && { DelaySeconds: delaySeconds }),
    };
}

function bytesOf({ MessageBody }: Entry): number {
  return Buffer.byteLength(MessageBody);
}

/** `before` messages have been sent. Throws `TaskFailure` that names the first one that was refused. */
async function send({ sqs, queueUrl: url, signal }: QueueAccess, batch: readonly Entry[], before: number) {
  const entries = batch.map((entry, index) => ({ Id: String(index), ...entry }));
  const request = sqs.sendMessageBatch({ QueueUrl: url, Entries: entries }, { abortSignal: signal });
  const { Failed = [] } = await told(`Sending messages ${before + 1} to ${before + batch.length} to ${url}`, request);
  const [first] = Failed.toSorted((a, b) => Number(a.Id) - Number(b.Id));
  if (first === undefined) return;
  throw new TaskFailure(
    `Message ${before + Number(first.Id) + 1} was refused by ${url}: ${first.Message ?? "no reason is given"} (${first.Code}). ` +
      `${before + batch.length - Failed.length} messages were sent.`,
  );
}
