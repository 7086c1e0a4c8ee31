import type { Consumer, GroupAssignment } from "@platformatic/kafka";
import type { Assigned } from "./fetching.ts";
import { createPositions, type Position } from "./positions.ts";
import { groupStart, type Reset } from "./starting-points.ts";

/** Partitions that stay the same. */
export function fixedAssignment(start: readonly Position[]): Assigned {
  const positions = createPositions();
  for (const position of start) positions.set(position);
  return { positions, version: () => 1, onChange: () => undefined, settled: () => Promise.resolve() };
}

/**
 * Joins the group of the consumer, which gives it partitions of the topics and may take them away again. A partition is read from
 * where the group is, or from where this consumer is when that is further.
 */
export async function joinGroup(consumer: Consumer, topics: readonly string[], reset: Reset): Promise<Assigned> {
  const positions = createPositions();
  let version = 0;
  let changed = () => {};
  let settled = Promise.resolve();
  const locate = async (assigned: readonly GroupAssignment[], of: number) => {
    const { known, begun } = await groupStart(consumer, assigned, reset);
    if (of !== version) return;
    if (begun.length > 0) await consumer.commit({ offsets: begun.map((start) => ({ ...start, leaderEpoch: -1 })) });
    for (const { topic, partition, offset } of [...known, ...begun]) {
      if (of !== version) return;
      const own = positions.get({ topic, partition }) ?? offset;
      positions.set({ topic, partition, offset: own > offset ? own : offset });
    }
  };
  consumer.on("consumer:group:join", () => {
    version += 1;
    const assigned = consumer.assignments ?? [];
    positions.keepOnly(assigned);
    settled = locate(assigned, version);
    settled.catch(() => undefined); // Whoever reads next hears of it.
    changed();
  });
  consumer.topics.trackAll(...topics);
  await consumer.joinGroup({});
  return { positions, version: () => version, onChange: (call) => (changed = call), settled: () => settled };
}
