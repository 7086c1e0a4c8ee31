import type { Kinesis } from "@aws-sdk/client-kinesis";
import { told } from "../aws-failure.ts";
import type { ServiceAccess } from "../service.ts";

/** A shard, and those that it came from when shards were split or merged. */
export interface Shard {
  readonly id: string;
  readonly parents: readonly string[];
}

/** All shards that a stream has records of. */
export async function listShards(
  { client, ending }: ServiceAccess<Kinesis>,
  streamName: string,
): Promise<readonly Shard[]> {
  const shards: Shard[] = [];
  let next: string | undefined;
  do {
    const page = client.listShards(next === undefined ? { StreamName: streamName } : { NextToken: next }, ending);
    const { Shards = [], NextToken } = await told(`Looking for the shards of ${streamName}`, page);
    shards.push(
      ...Shards.map(({ ShardId, ParentShardId, AdjacentParentShardId }) => ({
        id: ShardId!,
        parents: [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined),
      })),
    );
    next = NextToken;
  } while (next !== undefined);
  return shards;
}

/** The shards of a stream in an order that keeps that of its records: a shard is read when those that it came from are at their end. */
export interface ShardOrder {
  /** Shards to read next; each is given once. */
  readonly start: () => readonly Shard[];
  /** A shard is at its end; `children` are those that came from it. */
  readonly end: (id: string, children: readonly Shard[]) => void;
}

export function orderShards(shards: readonly Shard[]): ShardOrder {
  const waiting = new Map(shards.map((shard) => [shard.id, shard]));
  const unfinished = new Set(waiting.keys());
  const known = new Set(waiting.keys());
  return {
    start: () => {
      const ready = [...waiting.values()].filter(({ parents }) => !parents.some((parent) => unfinished.has(parent)));
      for (const { id } of ready) waiting.delete(id);
      return ready;
    },
    end: (id, children) => {
      unfinished.delete(id);
      for (const child of children.filter((one) => !known.has(one.id))) {
        known.add(child.id);
        unfinished.add(child.id);
        waiting.set(child.id, child);
      }
    },
  };
}
