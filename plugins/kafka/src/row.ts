import { type ExecutionFiles, recordLine, TaskFailure, type TaskLogger } from "@capstan/sdk";
import { z } from "zod";
import type { RawRecord } from "./raw-records.ts";
import { readValue } from "./serde.ts";
import type { Subscription } from "./subscription.ts";

/** What is told of a record. */
export const rowOutputs = () =>
  z.object({
    key: z.unknown().describe("Its key, as `keyDeserializer` reads it; null without one."),
    value: z.unknown().describe("Its value, as `valueDeserializer` reads it; null without one."),
    headers: z
      .array(z.record(z.string(), z.string().nullable()))
      .describe("Its headers in their order, each a map of its name to its value."),
    topic: z.string().describe("Topic that it is of."),
    partition: z.int().describe("Partition that it is of."),
    timestamp: z.string().describe("When it was written, such as 2026-01-31T10:00:00.000Z."),
    offset: z.int().describe("Its number within the partition."),
  });

export type Row = z.output<ReturnType<typeof rowOutputs>>;

/** How records become rows. */
export interface RowReader {
  /** Undefined for a record that is passed over, or was put aside. Throws `TaskFailure` when it can't be read and nothing says what to do. */
  readonly rowOf: (record: RawRecord) => Promise<Row | undefined>;
}

interface Parts {
  readonly files: Pick<ExecutionFiles, "put">;
  readonly log: TaskLogger;
  /** Sends a record to another topic as it is. */
  readonly forward: (record: RawRecord, topic: string) => Promise<void>;
}

/** Throws `TaskFailure` when the properties contradict each other. */
export function createRowReader(properties: Subscription, { files, log, forward }: Parts): RowReader {
  const { keyDeserializer, valueDeserializer, onSerdeError, headerFilters = {} } = properties;
  const filters = Object.entries(headerFilters);
  if (onSerdeError?.type === "DLQ" && onSerdeError.topic === undefined)
    throw new TaskFailure("`onSerdeError` is to send records to another topic, but has no `topic`.");

  async function putAside(record: RawRecord, reason: string): Promise<void> {
    const told = `The record ${placeOf(record)} can't be read (${reason})`;
    if (onSerdeError === undefined)
      throw new TaskFailure(`${told}. Set \`onSerdeError\` to go on without such records.`);
    switch (onSerdeError.type) {
      case "SKIPPED":
        return log.warn(`${told}, and is left out.`);
      case "DLQ":
        await forward(record, onSerdeError.topic!);
        return log.warn(`${told}, and was sent to ${onSerdeError.topic}.`);
      case "STORE": {
        const name = `unreadable-${record.topic}-${record.partition}-${record.offset}.ion`;
        return log.warn(`${told}, and is kept in ${await files.put(name, recordLine(bytesOf(record)))}.`);
      }
      default:
        return onSerdeError.type satisfies never;
    }
  }

  return {
    async rowOf(record) {
      const isWanted = ([name, value]: readonly [string, string]) =>
        record.headers.some(([header, content]) => header === name && content?.toString() === value);
      if (!filters.every(isWanted)) return undefined;
      try {
        return {
          key: readValue(record.key, keyDeserializer),
          value: readValue(record.value, valueDeserializer),
          ...aboutOf(record),
        };
      } catch (error) {
        await putAside(record, (error as Error).message);
        return undefined;
      }
    },
  };
}

function placeOf({ topic, partition, offset }: RawRecord): string {
  return `${offset} of partition ${partition} of ${topic}`;
}

function aboutOf({ headers, topic, partition, timestamp, offset }: RawRecord): Omit<Row, "key" | "value"> {
  return {
    headers: headers.map(([name, content]) => ({ [name]: content?.toString() ?? null })),
    topic,
    partition,
    timestamp: new Date(timestamp).toISOString(),
    offset: Number(offset),
  };
}

function bytesOf(record: RawRecord): unknown {
  const base64 = (bytes: Buffer | null) => bytes?.toString("base64") ?? null;
  return { key: base64(record.key), value: base64(record.value), ...aboutOf(record) };
}
