import { deep, defineTask, type ExecutionFiles, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { batchesOf } from "../batches.ts";
import { asText, givenEntries } from "../given-entries.ts";
import { openService, serviceProperties } from "../service.ts";

/** What one request holds. A larger message goes alone, and SNS says what it thinks of it. */
const BATCH = { count: 10, bytes: 262_144 };

const message = z.object({
  data: z.unknown().refine((value) => value !== undefined && value !== null, "is missing"),
  subject: z.string().min(1).max(100).nullish(),
  groupId: z.string().nullish(),
  deduplicationId: z.string().nullish(),
});

const MESSAGES = { noun: "Message", property: "from", otherwise: "it is no map with `data`", schema: message };

interface Entry {
  readonly Message: string;
  readonly Subject?: string;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

/** Sends messages to a topic. */
export const publish = defineTask({
  type: "io.kestra.plugin.aws.sns.Publish",
  title: "Send messages to a topic of SNS",
  description:
    "In the order in which they are given, ten to a request. When one is refused, the task fails and says which; those before it are sent.",
  properties: () =>
    z.object({
      ...serviceProperties(),
      topicArn: text().describe(
        "ARN of the topic, such as `arn:aws:sns:eu-central-1:123456789012:orders`. It says the region, if `region` does not.",
      ),
      from: deep().describe(
        "A message, a list of them, or the address of a file with one a line. Each is a map: `data` (a text, or any other value, sent as JSON) and, where wanted, `subject` (of e-mails), `groupId` and `deduplicationId` (of FIFO topics).",
      ),
    }),
  outputs: () => z.object({ messagesCount: z.int().describe("How many were sent.") }),
  examples: [
    {
      title: "Tell a topic of an order",
      code: 'id: tell\ntype: io.kestra.plugin.aws.sns.Publish\ntopicArn: arn:aws:sns:eu-central-1:123456789012:orders\nfrom:\n  subject: New order\n  data: { order: "{{ inputs.order }}" }\n',
    },
  ],
  async run(context) {
    const { properties, files, metric, log } = context;
    const { topicArn } = properties;
    using sns = await openService(
      context,
      async (settings) => new (await import("@aws-sdk/client-sns")).SNS(settings),
      topicArn,
    );
    let messagesCount = 0;
    for await (const batch of batchesOf(entriesOf(properties.from, files), BATCH, bytesOf)) {
      const entries = batch.map((entry, index) => ({ Id: String(index), ...entry }));
      const request = sns.client.publishBatch({ TopicArn: topicArn, PublishBatchRequestEntries: entries }, sns.ending);
      const what = `Sending messages ${messagesCount + 1} to ${messagesCount + batch.length} to ${topicArn}`;
      const { Failed = [] } = await told(what, request);
      if (Failed.length > 0) throw refused(topicArn, Failed, messagesCount, batch.length);
      messagesCount += batch.length;
    }
    metric({ name: "sns.publish.messages", type: "counter", value: messagesCount });
    log.info(`${messagesCount} ${messagesCount === 1 ? "message was" : "messages were"} sent to ${topicArn}`);
    return { messagesCount };
  },
});

async function* entriesOf(from: unknown, files: ExecutionFiles): AsyncGenerator<Entry> {
  for await (const { data, subject, groupId, deduplicationId } of givenEntries(from, files, MESSAGES))
    yield {
      Message: asText(data),
      ...(subject != null && { Subject: subject }),
      ...(groupId != null && { MessageGroupId: groupId }),
      ...(deduplicationId != null && { MessageDeduplicationId: deduplicationId }),
    };
}

function bytesOf({ Message, Subject = "" }: Entry): number {
  return Buffer.byteLength(Message) + Buffer.byteLength(Subject);
}

interface Refusal {
  readonly Id?: string | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

/** The failure of a request of `count` messages, before which `before` were sent. */
function refused(topicArn: string, failed: readonly Refusal[], before: number, count: number): TaskFailure {
  const [first] = failed.toSorted((a, b) => Number(a.Id) - Number(b.Id));
  const { Id, Code, Message = "no reason is given" } = first!;
  return new TaskFailure(
    `Message ${before + Number(Id) + 1} was refused by ${topicArn}: ${Message.replace(/\.$/, "")} (${Code}). ` +
      `${before + count - failed.length} messages were sent.`,
  );
}
