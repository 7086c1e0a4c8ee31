import { deep, defineTask, type ExecutionFiles, givenValues, parseJsonValue, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import { pubsubApi, serdeTypeProperty, topicProperty, wholeName } from "./connection.ts";

/** Messages of one request, which is what Pub/Sub takes. */
export const BATCH_MAX = 1_000;
/** Bytes of data of one request: Base64 makes a third more of them, and Pub/Sub takes ten million. */
const BATCH_BYTES_MAX = 7_000_000;

const message = z
  .strictObject({
    data: z.unknown().optional(),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).nullish(),
    orderingKey: z.string().nullish(),
    messageId: z.unknown().optional(),
    publishTime: z.unknown().optional(),
  })
  .refine(({ data, attributes }) => data != null || Object.keys(attributes ?? {}).length > 0, {
    message: "it has neither `data` nor `attributes`",
  });

interface Entry {
  readonly data?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
}

/** Publishes messages to a topic. */
export const publish = defineTask({
  type: "io.kestra.plugin.gcp.pubsub.Publish",
  title: "Publish messages to a topic of Pub/Sub",
  description:
    "In the order in which they are given, a thousand to a request. Pub/Sub knows no repeats: a task that is given out again, because its " +
    "worker was lost, publishes them again.",
  properties: () =>
    z.object({
      ...accountProperties(),
      topic: topicProperty(),
      from: deep().describe(
        "A message, a list of them, or the address of a file with one a line. Each is a map with `data` (a text, or any other value, sent " +
          "as JSON), `attributes`, or both, and, where wanted, an `orderingKey`.",
      ),
      serdeType: serdeTypeProperty().describe(
        "How texts in `data` are sent: as they are (STRING), or as JSON, in quotes (JSON). Other values are JSON always. Default: STRING.",
      ),
    }),
  outputs: () => z.object({ messagesCount: z.int().describe("How many were published.") }),
  examples: [
    {
      title: "Tell a topic of an order",
      code:
        "id: tell\ntype: io.kestra.plugin.gcp.pubsub.Publish\nprojectId: shop\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\n" +
        'topic: orders\nfrom:\n  - data: { order: "{{ inputs.order }}" }\n    attributes: { source: capstan }\n',
    },
    {
      title: "Publish a message for each row of a file",
      code: 'id: tell_all\ntype: io.kestra.plugin.gcp.pubsub.Publish\nprojectId: shop\ntopic: orders\nfrom: "{{ outputs.rows.uri }}"\n',
    },
  ],
  async run(context) {
    const { properties, files, metric } = context;
    const api = pubsubApi(context, properties);
    const topic = await wholeName(api, "topics", properties.topic);
    let messagesCount = 0;
    for await (const messages of batchesOf(entriesOf(properties.from, files, properties.serdeType))) {
      const what = `Publishing messages ${messagesCount + 1} to ${messagesCount + messages.length} to ${topic}`;
      await api.call({ what, path: `/v1/${topic}:publish`, body: { messages } });
      messagesCount += messages.length;
    }
    metric({ name: "pubsub.publish.messages", type: "counter", value: messagesCount });
    return { messagesCount };
  },
});

async function* entriesOf(from: unknown, files: ExecutionFiles, serdeType: "STRING" | "JSON"): AsyncGenerator<Entry> {
  let number = 0;
  for await (const value of givenValues(from, files)) {
    number += 1;
    const read = message.safeParse(fromJson(value));
    if (!read.success) throw unsendable(number, read.error.issues[0]);
    const { data, attributes, orderingKey } = read.data;
    const isText = typeof data === "string" && serdeType === "STRING";
    yield {
      ...(data != null && { data: Buffer.from(isText ? data : JSON.stringify(data)).toString("base64") }),
      ...(attributes != null && { attributes }),
      ...(orderingKey != null && { orderingKey }),
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

function unsendable(number: number, issue: z.core.$ZodIssue | undefined): TaskFailure {
  const place = issue?.path.join(".") ?? "";
  const problem =
    place === ""
      ? issue?.code === "custom"
        ? issue.message
        : "it is no map with `data`"
      : `\`${place}\` ${issue!.message}`;
  return new TaskFailure(`Message ${number} of \`from\` can't be sent: ${problem}.`);
}

async function* batchesOf(entries: AsyncIterable<Entry>): AsyncGenerator<readonly Entry[]> {
  let batch: Entry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    const more = (entry.data?.length ?? 0) * 0.75;
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
