/**
 * Reading a stream:
 *
 *     shards in the order of their records ──→ an iterator each ──→ rounds: a request to each shard ──→ its records
 *                          ↑                                             │
 *                          └── shards that came from it ──── at its end ─┘
 *
 * until there are enough records, the time is over, or no shard is left.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { GetShardIteratorCommandInput, Kinesis } from "@aws-sdk/client-kinesis";
import { told } from "../aws-failure.ts";
import type { ServiceAccess } from "../service.ts";
import { type RecordRow, rowOf } from "./record.ts";
import { listShards, orderShards } from "./shards.ts";

/** Records of one answer. */
const ANSWER_RECORDS_MAX = 1_000;
/** Between two requests to a shard, in milliseconds: Kinesis takes five a second. */
const ROUND_MS_MIN = 200;

/** Where the reading of a shard begins. */
export type Start = Pick<GetShardIteratorCommandInput, "ShardIteratorType" | "StartingSequenceNumber" | "Timestamp">;

export const OLDEST: Start = { ShardIteratorType: "TRIM_HORIZON" };

export interface StreamReading {
  readonly streamName: string;
  readonly startOf: (shardId: string) => Start;
  readonly maxRecords: number;
  /** In milliseconds, as `pollDuration`: between two rounds without records. */
  readonly maxDuration: number;
  readonly pollDuration: number;
}

export interface StreamRecords {
  readonly rows: AsyncGenerator<RecordRow>;
  /** The last sequence number of each shard that gave records. */
  readonly lastSequencePerShard: Readonly<Record<string, string>>;
  /** The shards that the stream has, those included that came while it was read. */
  readonly shardIds: ReadonlySet<string>;
}

/** The records of a stream as they come, those of a shard in their order. */
export function readStream(access: ServiceAccess<Kinesis>, reading: StreamReading): StreamRecords {
  const lastSequencePerShard: Record<string, string> = {};
  const shardIds = new Set<string>();
  async function* rows(): AsyncGenerator<RecordRow> {
    const end = performance.now() + reading.maxDuration;
    const shards = await listShards(access, reading.streamName);
    for (const { id } of shards) shardIds.add(id);
    const listed = new Set(shardIds);
    const order = orderShards(shards);
    const iterators = new Map<string, string>();
    for (let left = reading.maxRecords; ;) {
      for (const { id } of order.start()) {
        // All of a shard that came meanwhile is new.
        const start = listed.has(id) ? reading.startOf(id) : OLDEST;
        iterators.set(id, await iteratorOf(access, reading.streamName, id, start));
      }
      if (iterators.size === 0) return;
      const before = left;
      for (const [id, iterator] of iterators) {
        const { records, next, children } = await recordsAt(access, reading, iterator, left);
        for (const record of records) {
          const row = rowOf(id, record);
          lastSequencePerShard[id] = row.sequenceNumber;
          left -= 1;
          yield row;
        }
        if (left === 0) return;
        if (next === undefined) {
          iterators.delete(id);
          order.end(id, children);
          for (const child of children) shardIds.add(child.id);
        } else iterators.set(id, next);
      }
      const pauseMs = left === before ? Math.max(reading.pollDuration, ROUND_MS_MIN) : ROUND_MS_MIN;
      if (performance.now() + pauseMs > end) return;
      await delay(pauseMs, undefined, { signal: access.ending.abortSignal });
    }
  }
  return { rows: rows(), lastSequencePerShard, shardIds };
}

async function iteratorOf(
  { client, ending }: ServiceAccess<Kinesis>,
  streamName: string,
  shardId: string,
  start: Start,
): Promise<string> {
  const request = client.getShardIterator({ StreamName: streamName, ShardId: shardId, ...start }, ending);
  const { ShardIterator } = await told(`Finding the place in ${shardId} of ${streamName}`, request);
  return ShardIterator!;
}

/** `next` is undefined at the end of a shard. */
async function recordsAt(
  { client, ending }: ServiceAccess<Kinesis>,
  { streamName }: StreamReading,
  iterator: string,
  max: number,
) {
  const request = client.getRecords({ ShardIterator: iterator, Limit: Math.min(max, ANSWER_RECORDS_MAX) }, ending);
  const { Records = [], NextShardIterator, ChildShards = [] } = await told(`Reading ${streamName}`, request);
  const children = ChildShards.map(({ ShardId, ParentShards = [] }) => ({ id: ShardId!, parents: ParentShards }));
  return { records: Records, next: NextShardIterator, children };
}
