import { deep, defineTask, type ExecutionFiles, givenValues, parseJsonValue, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { connectionProperties } from "../connection.ts";
import { BATCH_MAX, openQueue, queueUrl, type QueueAccess } from "./access.ts";
import { unusedProperties } from "./unused-properties.ts";

/** Bytes of the messages of one request: as many as every server takes. A larger message goes alone. */
const BATCH_BYTES_MAX = 262_144;

const message = z.object({
  data: z.unknown().refine((value) => value !== undefined && value !== null, "is missing"),
  groupId: z.string().nullish(),
  deduplicationId: z.string().nullish(),
  delaySeconds: z.int().min(0).max(900).nullish(),
});

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
    for await (const batch of batchesOf(messagesOf(properties.from, files))) {
      await send(access, batch, messagesCount);
      messagesCount += batch.length;
    }
    metric({ name: "sqs.publish.messages", type: "counter", value: messagesCount });
    return { messagesCount };
  },
});

async function* messagesOf(from: unknown, files: ExecutionFiles): AsyncGenerator<Entry> {
  let number = 0;
  for await (const value of givenValues(from, files)) {
    number += 1;
    const { data, error } = message.safeParse(fromJson(value));
    if (error !== undefined) {
      const [{ path, message: problem } = { path: [], message: "is none" }] = error.issues;
      throw new TaskFailure(
        `Message ${number} of \`from\` can't be sent: ${path.length === 0 ? "it is no map with `data`" : `\`${path.join(".")}\` ${problem}`}.`,
      );
    }
    yield {
      MessageBody: typeof data.data === "string" ? data.data : JSON.stringify(data.data),
      ...(data.groupId != null && { MessageGroupId: data.groupId }),
      ...(data.deduplicationId != null && { MessageDeduplicationId: data.deduplicationId }),
      ...(data.delaySeconds != null && { DelaySeconds: data.delaySeconds }),
    };
  }
}

/** An expression may have rendered to the JSON of a message. */
function fromJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return parseJsonValue(value);
  } catch {
    return value; // Is no message, which is told with its number.
  }
}

async function* batchesOf(entries: AsyncIterable<Entry>): AsyncGenerator<readonly Entry[]> {
  let batch: Entry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    const more = Buffer.byteLength(entry.MessageBody);
    if (batch.length === BATCH_MAX || (batch.length > 0 && bytes + more > BATCH_BYTES_MAX)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
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
