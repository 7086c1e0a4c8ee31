import { isUtf8 } from "node:buffer";
import type { _Record as KinesisRecord } from "@aws-sdk/client-kinesis";
import { z } from "zod";

/** What is known of a record. */
export const recordRow = () =>
  z.object({
    data: z.string().describe("Its text; base64 for bytes that are none."),
    partitionKey: z.string().describe("What chose its shard."),
    sequenceNumber: z.string().describe("Its place in its shard."),
    shardId: z.string().describe("Its shard."),
    approximateArrivalTimestamp: z.string().optional().describe("When it came, about."),
  });

export type RecordRow = z.output<ReturnType<typeof recordRow>>;

export function rowOf(shardId: string, record: KinesisRecord): RecordRow {
  const bytes = Buffer.from(record.Data ?? []);
  const arrival = record.ApproximateArrivalTimestamp?.toISOString();
  return {
    data: bytes.toString(isUtf8(bytes) ? "utf8" : "base64"),
    partitionKey: record.PartitionKey ?? "",
    sequenceNumber: record.SequenceNumber ?? "",
    shardId,
    ...(arrival !== undefined && { approximateArrivalTimestamp: arrival }),
  };
}
