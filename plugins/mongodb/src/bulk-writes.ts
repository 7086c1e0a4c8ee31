import { dynamic, TaskFailure } from "@capstan/sdk";
import type { AnyBulkWriteOperation, BulkWriteResult, Collection } from "mongodb";
import { z } from "zod";
import { mongoFailure } from "./failure.ts";

const CHUNK = 1000;
const CHUNK_MAX = 10_000;

export const chunk = () =>
  dynamic(z.int().min(1).max(CHUNK_MAX))
    .default(CHUNK)
    .describe(`How many writes are sent at once, ${CHUNK_MAX} at most. Default: ${CHUNK}.`);

export const writeOutputs = () => ({
  size: z.int().describe("How many writes there were."),
  insertedCount: z.int().describe("How many documents are new."),
  matchedCount: z.int().describe("How many documents were found by updates and replacements."),
  modifiedCount: z.int().describe("How many of them were changed."),
  deletedCount: z.int().describe("How many documents were removed."),
});

export type WriteCounts = Readonly<Record<keyof ReturnType<typeof writeOutputs>, number>>;

/**
 * Sends writes in chunks, one after the other. Throws `TaskFailure` for the first one that the server refuses, with its number: those
 * before it count.
 */
export async function sendWrites(
  collection: Collection,
  writes: AsyncIterable<AnyBulkWriteOperation>,
  chunkSize: number,
): Promise<WriteCounts> {
  const counts = { size: 0, insertedCount: 0, matchedCount: 0, modifiedCount: 0, deletedCount: 0 };
  let waiting: AnyBulkWriteOperation[] = [];
  const flush = async () => {
    if (waiting.length === 0) return;
    const done = await send(collection, waiting, counts.size);
    counts.size += waiting.length;
    counts.insertedCount += done.insertedCount + done.upsertedCount;
    counts.matchedCount += done.matchedCount;
    counts.modifiedCount += done.modifiedCount;
    counts.deletedCount += done.deletedCount;
    waiting = [];
  };
  for await (const write of writes) {
    waiting.push(write);
    if (waiting.length >= chunkSize) await flush();
  }
  await flush();
  return counts;
}

async function send(collection: Collection, writes: AnyBulkWriteOperation[], before: number): Promise<BulkWriteResult> {
  try {
    return await collection.bulkWrite(writes, { ordered: true });
  } catch (error) {
    const { writeErrors } = error as {
      readonly writeErrors?: { readonly index?: number } | readonly { readonly index?: number }[];
    };
    const first = Array.isArray(writeErrors)
      ? (writeErrors[0] as { readonly index?: number } | undefined)
      : writeErrors;
    const failure = mongoFailure(error);
    const index = (first as { readonly index?: number } | undefined)?.index;
    if (index === undefined || !(failure instanceof TaskFailure)) throw failure;
    throw new TaskFailure(`Write ${before + index + 1}: ${failure.message} Those before it are done.`, {
      cause: error,
    });
  }
}
