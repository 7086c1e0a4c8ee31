import { deliverRows, duration, dynamic, type ExecutionFiles, type TaskLogger } from "@capstan/sdk";
import { z } from "zod";
import { withDeadLetters } from "./dead-letters.ts";
import { createPositions, type Position } from "./positions.ts";
import type { RawRecord } from "./raw-records.ts";
import type { RecordSource } from "./record-source.ts";
import { createRowReader, type Row } from "./row.ts";
import type { Subscription } from "./subscription.ts";

/** Properties of what reads many records into one file. */
export const limitProperties = () => ({
  pollDuration: duration()
    .default(5_000)
    .describe("How long to wait for a record before there are none, when `maxDuration` is not given. Default: PT5S."),
  maxRecords: dynamic(z.int().min(1)).optional().describe("After how many records it ends. Default: no limit."),
  maxDuration: duration()
    .optional()
    .describe(
      "After how long it ends, be there records or none, such as PT1M. Default: when none came for `pollDuration`.",
    ),
});

export const collectedOutputs = () =>
  z.object({
    messagesCount: z.int().describe("How many records were read."),
    uri: z.string().describe("The file of the records, one a line, with `key`, `value`, `headers` and the rest."),
  });

export interface Limits {
  readonly pollDuration: number;
  readonly maxRecords?: number | undefined;
  readonly maxDuration?: number | undefined;
  /** Ends there although records still come. */
  readonly busyMsMax?: number;
}

export interface Collected {
  readonly messagesCount: number;
  readonly uri: string;
  /** Where to go on in each partition that something was read of. */
  readonly read: readonly Position[];
  /** By topic. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Reads records into a file until one of the limits is reached. Those that `isTold` knows are left out. */
export async function collect(
  source: RecordSource,
  properties: Subscription & Limits,
  context: { readonly files: ExecutionFiles; readonly log: TaskLogger; readonly signal: AbortSignal },
  isTold: (record: RawRecord) => boolean = () => false,
): Promise<Collected> {
  const read = createPositions();
  const counts = new Map<string, number>();
  return withDeadLetters(source.cluster, context.signal, async ({ forward }) => {
    const { rowOf } = createRowReader(properties, { ...context, forward });
    async function* rows(): AsyncGenerator<Row> {
      let count = 0;
      for await (const record of recordsWithin(source, properties)) {
        const row = isTold(record) ? undefined : await rowOf(record);
        read.set({ topic: record.topic, partition: record.partition, offset: record.offset + 1n });
        if (row === undefined) continue;
        counts.set(row.topic, (counts.get(row.topic) ?? 0) + 1);
        yield row;
        count += 1;
        if (count === properties.maxRecords) return;
      }
    }
    const { uri, size } = await deliverRows(rows(), "STORE", context.files, "messages.ion");
    return { messagesCount: size, uri: uri!, read: read.all(), counts };
  });
}

async function* recordsWithin(
  source: RecordSource,
  { pollDuration, maxDuration, busyMsMax = Infinity }: Limits,
): AsyncGenerator<RawRecord> {
  const end = performance.now() + (maxDuration ?? busyMsMax);
  for (;;) {
    const left = end - performance.now();
    if (left <= 0) return;
    const records = await source.next(maxDuration === undefined ? Math.min(pollDuration, left) : left);
    if (records.length === 0) return;
    yield* records;
  }
}
