import type { Consumer } from "@platformatic/kafka";
import type { Positions } from "./positions.ts";
import { type FetchAnswer, type RawRecord, recordsOf } from "./raw-records.ts";
import { outOfRange, type Reset } from "./starting-points.ts";

/** Of one answer of one broker, in bytes; a single record may have more. There is one answer of each broker in memory. */
export const FETCH_BYTES_MAX = 8_388_608;
/** Of one partition in an answer. */
const PARTITION_BYTES_MAX = 1_048_576;
/** How long a broker waits for a record before it answers without, in milliseconds. */
const FETCH_MS_MAX = 500;

export interface FetchOptions {
  /** Leave out what belongs to transactions that did not end well. */
  readonly committed: boolean;
  readonly reset: Reset;
  readonly maxBytes?: number | undefined;
  readonly partitionMaxBytes?: number | undefined;
  readonly minBytes?: number | undefined;
  /** How long a broker waits for `minBytes`, in milliseconds. */
  readonly maxWaitMs?: number | undefined;
}

/** Which partitions are read, and from where; others may change them at any time. */
export interface Assigned {
  readonly positions: Positions;
  /** Another number after each change, which the answers to older questions are void by. */
  readonly version: () => number;
  /** Calls back at each change. */
  readonly onChange: (changed: () => void) => void;
  /** Resolves when the positions are known after a change; rejects when they can't be. */
  readonly settled: () => Promise<void>;
}

/** What a broker said to one question. */
interface Answer {
  readonly node: number;
  readonly version: number;
  readonly topicNames: ReadonlyMap<string, string>;
  /** Absent where the broker has nothing at an offset that it was asked for. */
  readonly response?: FetchAnswer;
}

/**
 * Answers the next records that a broker has, in a list that is empty when none came within `waitMs`. Each broker is asked again when
 * its answer was taken. Rejects as soon as `lost` does.
 */
export function createFetching(
  consumer: Consumer,
  assigned: Assigned,
  options: FetchOptions,
  lost: Promise<never>,
): (waitMs: number) => Promise<readonly RawRecord[]> {
  const { positions } = assigned;
  const underWay = new Map<number, Promise<Answer>>();
  let failure: { readonly error: unknown } | undefined;
  // A promise of its own for each wait: what lives as long as the connection would keep everything that it was ever raced with.
  let alarm = Promise.withResolvers<undefined>();
  assigned.onChange(() => alarm.resolve(undefined));
  lost.catch((error: unknown) => {
    failure = { error };
    alarm.resolve(undefined);
  });

  async function firstAnswer(): Promise<Answer> {
    await assigned.settled();
    for (const [node, question] of await questions(consumer, assigned, options)) {
      if (underWay.has(node)) continue;
      const answer = question();
      answer.catch(() => undefined); // Whoever takes the answer hears of it.
      underWay.set(node, answer);
    }
    return Promise.race(underWay.values());
  }

  return async function next(waitMs) {
    const end = performance.now() + waitMs;
    for (;;) {
      if (failure !== undefined) throw failure.error;
      const left = end - performance.now();
      if (left <= 0) return [];
      alarm = Promise.withResolvers<undefined>();
      const timer = setTimeout(alarm.resolve, left, undefined);
      const answer = await Promise.race([firstAnswer(), alarm.promise]).finally(() => clearTimeout(timer));
      if (answer === undefined) continue;
      underWay.delete(answer.node);
      if (answer.version !== assigned.version()) continue;
      const records = taken(answer, positions, options.committed);
      if (answer.response === undefined)
        for (const position of await outOfRange(consumer, positions.all(), options.reset)) positions.set(position);
      if (records.length > 0) return records;
    }
  };
}

/** What to ask each of the brokers that lead partitions. */
async function questions(
  consumer: Consumer,
  { positions, version }: Assigned,
  options: FetchOptions,
): Promise<readonly (readonly [node: number, question: () => Promise<Answer>])[]> {
  const wanted = positions.all();
  if (wanted.length === 0) return [];
  const metadata = await consumer.metadata({ topics: [...new Set(wanted.map(({ topic }) => topic))] });
  const topicOf = (topic: string) => metadata.topics.get(topic)!;
  const byLeader = Map.groupBy(wanted, ({ topic, partition }) => topicOf(topic).partitions[partition]!.leader);
  const partitionMaxBytes = options.partitionMaxBytes ?? PARTITION_BYTES_MAX;
  const request = {
    maxBytes: options.maxBytes ?? FETCH_BYTES_MAX,
    minBytes: options.minBytes ?? 1,
    maxWaitTime: options.maxWaitMs ?? FETCH_MS_MAX,
  };
  return [...byLeader].map(([node, asked]) => {
    const topics = asked.map(({ topic, partition, offset: fetchOffset }) => ({
      topicId: topicOf(topic).id,
      partitions: [{ partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }],
    }));
    const about = {
      node,
      version: version(),
      topicNames: new Map(asked.map(({ topic }) => [topicOf(topic).id, topic])),
    };
    const question = async () => {
      try {
        return { ...about, response: await consumer.fetch({ ...request, node, topics }) };
      } catch (error) {
        const { findErrorBy } = await import("@platformatic/kafka");
        if (error instanceof Error && findErrorBy(error, "apiId", "OFFSET_OUT_OF_RANGE") !== null) return about;
        throw error;
      }
    };
    return [node, question] as const;
  });
}

/** The records of an answer, behind which the positions go on. */
function taken({ response, topicNames }: Answer, positions: Positions, committed: boolean): readonly RawRecord[] {
  const records: RawRecord[] = [];
  for (const { topicId, partitions } of response?.responses ?? []) {
    const topic = topicNames.get(topicId);
    for (const answered of partitions) {
      const from = topic === undefined ? undefined : positions.get({ topic, partition: answered.partitionIndex });
      if (topic === undefined || from === undefined) continue;
      const fetched = recordsOf(topic, answered, from, committed);
      positions.set({ topic, partition: answered.partitionIndex, offset: fetched.next });
      for (const record of fetched.records) records.push(record);
    }
  }
  return records;
}
