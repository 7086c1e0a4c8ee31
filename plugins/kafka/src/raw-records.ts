import type { Consumer } from "@platformatic/kafka";

export type FetchAnswer = Awaited<ReturnType<Consumer["fetch"]>>;
type FetchedPartition = FetchAnswer["responses"][number]["partitions"][number];

/** A record as the broker keeps it. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

export interface FetchedRecords {
  readonly records: readonly RawRecord[];
  /** The offset to go on with. */
  readonly next: bigint;
}

// Bits of the attributes of a batch.
const STAMPED_BY_BROKER = 0x08;
const OF_TRANSACTION = 0x10;
const IS_CONTROL = 0x20;
/** The kind of a control record is the second number of its key. */
const ABORT = 0;

/**
 * The records of one partition from an offset on. Batches may begin before it and hold marks of transactions; with `committed`, what
 * belongs to an aborted transaction is left out.
 */
export function recordsOf(
  topic: string,
  { partitionIndex: partition, records: batches, abortedTransactions }: FetchedPartition,
  from: bigint,
  committed: boolean,
): FetchedRecords {
  const aborted = (committed ? (abortedTransactions ?? []) : []).toSorted((a, b) =>
    Number(a.firstOffset - b.firstOffset),
  );
  const abortedProducers = new Set<bigint>();
  const records: RawRecord[] = [];
  let next = from;
  for (const batch of batches ?? []) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    while (aborted.length > 0 && aborted[0]!.firstOffset <= last) abortedProducers.add(aborted.shift()!.producerId);
    if (last >= next) next = last + 1n;
    if ((batch.attributes & IS_CONTROL) !== 0) {
      if (batch.records[0]?.key?.readInt16BE(2) === ABORT) abortedProducers.delete(batch.producerId);
      continue;
    }
    if ((batch.attributes & OF_TRANSACTION) !== 0 && abortedProducers.has(batch.producerId)) continue;
    const stamp = (batch.attributes & STAMPED_BY_BROKER) === 0 ? undefined : batch.maxTimestamp;
    for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
      const offset = batch.firstOffset + BigInt(offsetDelta);
      if (offset < from) continue;
      const timestamp = Number(stamp ?? batch.firstTimestamp + timestampDelta);
      const named = headers.map(([name, content]) => [name?.toString() ?? "", content] as const);
      records.push({ topic, partition, offset, timestamp, key, value, headers: named });
    }
  }
  return { records, next };
}
