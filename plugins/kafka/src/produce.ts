import { anyValue, defineTask, dynamic, givenValues, TaskFailure, text } from "@capstan/sdk";
import type { MessageToProduce, Producer, ProducerOptions } from "@platformatic/kafka";
import { z } from "zod";
import { type ClientProperties, clusterProperties } from "./client-properties.ts";
import { clusterOf, withClient } from "./cluster.ts";
import { producedRecord, type ProducedRecord } from "./produced-record.ts";
import { checkSerdes, serde } from "./serde.ts";
import { speakAsClient } from "./transaction-versions.ts";

// Of one request. Brokers take a mebibyte, unless they are set up for more.
const REQUEST_RECORDS_MAX = 1_000;
const REQUEST_BYTES_MAX = 524_288;
/** How long a transaction may take to be given up when the task fails; the broker gives it up by itself a minute later. */
const ABORT_MS_MAX = 2_000;

/** Writes records to topics. */
export const produce = defineTask({
  type: "io.kestra.plugin.kafka.Produce",
  title: "Write records to Kafka",
  description:
    "By default in one transaction: readers with `isolation.level: read_committed` see all of the records, or none when the task fails. " +
    "A record is a map with `value`, and if need be `key`, `headers` (a map), `topic`, `partition` and `timestamp` (a date, or milliseconds).",
  properties: () =>
    z.object({
      ...clusterProperties(),
      topic: text().optional().describe("Topic to write to. Default: the `topic` of each record."),
      from: anyValue().describe(
        "What to write: a list of records, one record, or the address of a file with one record a line, in JSON or Ion.",
      ),
      keySerializer: serde("keys"),
      valueSerializer: serde("values"),
      keyAvroSchema: text().optional().describe("Schema of keys as AVRO, which is not supported yet."),
      valueAvroSchema: text().optional().describe("Schema of values as AVRO, which is not supported yet."),
      transactional: dynamic(z.boolean())
        .default(true)
        .describe("Whether all records are written in one transaction. Default: true."),
    }),
  outputs: () => z.object({ messagesCount: z.int().describe("How many records were written.") }),
  examples: [
    {
      title: "Write one record",
      code:
        "id: produce\ntype: io.kestra.plugin.kafka.Produce\ntopic: orders\nvalueSerializer: JSON\nfrom:\n  key: order-1\n" +
        "  value: { amount: 12 }\n  headers: { source: capstan }\nproperties:\n  bootstrap.servers: kafka.example.com:9092\n",
    },
  ],
  async run(context) {
    const { properties, files, log, metric, signal } = context;
    const { from, transactional } = properties;
    checkSerdes(properties.keySerializer, properties.valueSerializer);
    const [cluster, settings] = await clusterOf(context, (given) => producerSettings(given, transactional));
    const { compatibilityPartitioner, Producer } = await import("@platformatic/kafka");
    let keyless = 0;
    // Where Java's client puts a key, so that one key stays in one partition; those without a key take turns.
    const partitioner: Settings["partitioner"] = (message, key) =>
      key === undefined ? (keyless += 1) : compatibilityPartitioner(message, key);
    const options = { ...cluster.options, ...settings, partitioner };
    const counts = new Map<string, number>();
    async function* records() {
      for await (const given of givenValues(recordOf(from), files)) {
        const record = producedRecord(given, properties);
        counts.set(record.message.topic, (counts.get(record.message.topic) ?? 0) + 1);
        yield record;
      }
    }
    await withClient(cluster, signal, new Producer(options), (producer) =>
      transactional ? sendAsOne(producer, records()) : sendEach(producer, records()),
    );
    let messagesCount = 0;
    for (const [topic, value] of counts) {
      metric({ name: "records", type: "counter", value, tags: { topic } });
      messagesCount += value;
    }
    log.info(`Wrote ${messagesCount} records.`);
    return { messagesCount };
  },
});

/** One record may come as JSON. */
function recordOf(from: unknown): unknown {
  if (typeof from !== "string" || !from.trimStart().startsWith("{")) return from;
  try {
    return JSON.parse(from);
  } catch {
    return from; // What it is instead, whoever takes it says.
  }
}

type Settings = Partial<ProducerOptions<Buffer, Buffer, Buffer, Buffer>>;

function producerSettings(given: ClientProperties, transactional: boolean): Settings {
  const acks = given.oneOf("acks", ["all", "-1", "0", "1"]) ?? "all";
  const idempotent = (given.boolean("enable.idempotence") ?? true) && (acks === "all" || acks === "-1");
  const compression = given.oneOf("compression.type", ["none", "gzip", "snappy", "lz4", "zstd"]);
  const transactionalId = given.text("transactional.id");
  return {
    acks: transactional || acks === "all" ? -1 : Number(acks),
    idempotent: transactional || idempotent,
    ...(transactional ? { transactionalId: transactionalId ?? `capstan-${crypto.randomUUID()}` } : {}),
    ...(compression === undefined ? {} : { compression }),
  };
}

async function sendEach(producer: Producer, records: AsyncIterable<ProducedRecord>): Promise<void> {
  for await (const messages of requests(records)) {
    await checkPartitions(producer, messages);
    await producer.send({ messages });
  }
}

/** Without a record there is no transaction. */
async function sendAsOne(producer: Producer, records: AsyncIterable<ProducedRecord>): Promise<void> {
  let transaction: Awaited<ReturnType<Producer["beginTransaction"]>> | undefined;
  try {
    await speakAsClient(producer);
    for await (const messages of requests(records)) {
      await checkPartitions(producer, messages);
      transaction ??= await producer.beginTransaction();
      await transaction.send({ messages });
    }
    if (transaction !== undefined) await transaction.commit();
  } catch (error) {
    if (transaction !== undefined) await giveUp(transaction);
    throw error;
  }
}

/** What went wrong is told by the error that led here. */
async function giveUp(transaction: { readonly abort: () => Promise<void> }): Promise<void> {
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ABORT_MS_MAX);
  await Promise.race([transaction.abort().catch(() => undefined), isOver]);
  clearTimeout(timer);
}

/** The client would take another partition for one that is not there. Throws `TaskFailure` instead. */
async function checkPartitions(producer: Producer, messages: readonly MessageToProduce[]): Promise<void> {
  const chosen = messages.filter(({ partition }) => partition !== undefined);
  if (chosen.length === 0) return;
  const { topics } = await producer.metadata({ topics: [...new Set(chosen.map(({ topic }) => topic))] });
  for (const { topic, partition } of chosen) {
    const count = topics.get(topic)?.partitionsCount ?? 0;
    if (partition! >= count)
      throw new TaskFailure(`The topic ${topic} has ${count} partitions, counted from 0, and so none ${partition}.`);
  }
}

/** Records by requests. */
async function* requests(records: AsyncIterable<ProducedRecord>): AsyncGenerator<MessageToProduce[]> {
  let messages: MessageToProduce[] = [];
  let size = 0;
  for await (const { message, bytes } of records) {
    if (messages.length === REQUEST_RECORDS_MAX || (messages.length > 0 && size + bytes > REQUEST_BYTES_MAX)) {
      yield messages;
      messages = [];
      size = 0;
    }
    messages.push(message);
    size += bytes;
  }
  if (messages.length > 0) yield messages;
}
