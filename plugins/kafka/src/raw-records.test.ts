import { describe, expect, test } from "vitest";
import { recordsOf } from "./raw-records.ts";

type Partition = Parameters<typeof recordsOf>[1];
type Batch = NonNullable<Partition["records"]>[number];

const TRANSACTION = 0x10;
const CONTROL = 0x20;
const STAMPED = 0x08;

/** A batch of records with texts from an offset on. */
function batch(firstOffset: number, values: readonly string[], more: Partial<Batch> = {}): Batch {
  const records = values.map((value, offsetDelta) => ({
    length: 0,
    attributes: 0,
    timestampDelta: BigInt(offsetDelta),
    offsetDelta,
    key: null,
    value: Buffer.from(value),
    headers: [],
  }));
  return {
    firstOffset: BigInt(firstOffset),
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes: 0,
    lastOffsetDelta: Math.max(0, values.length - 1),
    firstTimestamp: 1_000n,
    maxTimestamp: 9_000n,
    producerId: 1n,
    producerEpoch: 0,
    firstSequence: 0,
    records,
    ...more,
  };
}

/** The end of a transaction of a producer. */
function mark(offset: number, kind: "abort" | "commit", producerId = 1n): Batch {
  const key = Buffer.from([0, 0, 0, kind === "abort" ? 0 : 1]);
  const made = batch(offset, [""], { attributes: TRANSACTION | CONTROL, producerId });
  return { ...made, records: made.records.map((record) => ({ ...record, key })) };
}

function read(
  batches: readonly Batch[],
  aborted: readonly (readonly [number, bigint])[] = [],
  from = 0,
  committed = true,
) {
  const partition: Partition = {
    partitionIndex: 0,
    errorCode: 0,
    highWatermark: 0n,
    lastStableOffset: 0n,
    logStartOffset: 0n,
    preferredReadReplica: -1,
    abortedTransactions: aborted.map(([firstOffset, producerId]) => ({ firstOffset: BigInt(firstOffset), producerId })),
    records: [...batches],
  };
  const { records, next } = recordsOf("t", partition, BigInt(from), committed);
  return { values: records.map(({ value }) => String(value)), next: Number(next), records };
}

const sent = (offset: number, values: readonly string[], producerId = 1n) =>
  batch(offset, values, { attributes: TRANSACTION, producerId });

describe("records of an answer", () => {
  test("begin at the offset that was asked for, though their batch begins before", () => {
    expect(read([batch(0, ["a", "b", "c"])], [], 1)).toMatchObject({ values: ["b", "c"], next: 3 });
    expect(read([], [], 5)).toMatchObject({ values: [], next: 5 });
  });

  test("go on behind what a batch once had, and behind marks", () => {
    expect(read([batch(0, ["a"], { lastOffsetDelta: 9 }), mark(10, "commit")])).toMatchObject({
      values: ["a"],
      next: 11,
    });
  });

  test("have the time of their sender, or of the broker where that stamps them", () => {
    const times = (attributes: number) =>
      read([batch(0, ["a", "b"], { attributes })]).records.map((one) => one.timestamp);
    expect(times(0)).toEqual([1_000, 1_001]);
    expect(times(STAMPED)).toEqual([9_000, 9_000]);
  });

  test("are without those of aborted transactions, of which a producer may have several", () => {
    const batches = [
      sent(0, ["x"]),
      mark(1, "abort"),
      sent(2, ["a"]),
      sent(3, ["other"], 2n),
      mark(4, "commit"),
      sent(5, ["y", "z"]),
      mark(7, "abort"),
      mark(8, "commit", 2n),
      batch(9, ["b"]),
    ];
    const aborted = [
      [5, 1n],
      [0, 1n],
    ] as const;
    expect(read(batches, aborted)).toMatchObject({ values: ["a", "other", "b"], next: 10 });
    const everything = ["x", "a", "other", "y", "z", "b"];
    expect(read(batches, aborted, 0, false)).toMatchObject({ values: everything, next: 10 });
  });

  test("are without those of an aborted transaction whose mark comes later", () => {
    expect(read([sent(4, ["x"]), sent(5, ["a"], 2n)], [[4, 1n]], 4)).toMatchObject({ values: ["a"], next: 6 });
  });
});
