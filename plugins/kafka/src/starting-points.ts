import { TaskFailure } from "@capstan/sdk";
import type { Consumer, GroupAssignment } from "@platformatic/kafka";
import { byTopic, placesOf, type Position } from "./positions.ts";

export type Reset = "earliest" | "latest" | "none";

// What the protocol asks for instead of a time.
const LATEST = -1n;
const EARLIEST = -2n;

/** Where a group goes on, and where it begins in partitions that it has never been in. */
export interface GroupStart {
  readonly known: readonly Position[];
  /** To be committed: otherwise a group that begins at the end misses what comes until its first commit. */
  readonly begun: readonly Position[];
}

/** Throws `TaskFailure` where it has never been and `reset` is `none`. */
export async function groupStart(
  consumer: Consumer,
  assigned: readonly GroupAssignment[],
  reset: Reset,
): Promise<GroupStart> {
  if (assigned.length === 0) return { known: [], begun: [] };
  const committed = await consumer.listCommittedOffsets({ topics: [...assigned] });
  const positions = placesOf(assigned).map((place) => ({
    ...place,
    offset: committed.get(place.topic)?.[place.partition] ?? -1n,
  }));
  const unknown = positions.filter(({ offset }) => offset < 0n);
  return {
    known: positions.filter(({ offset }) => offset >= 0n),
    begun: await resetPositions(consumer, unknown, reset),
  };
}

/** Where to begin in these partitions. Throws `TaskFailure` for `none`. */
export async function resetPositions(
  consumer: Consumer,
  places: readonly Omit<Position, "offset">[],
  reset: Reset,
): Promise<readonly Position[]> {
  if (places.length === 0) return [];
  if (reset === "none")
    throw new TaskFailure(
      `There is no offset to go on with in the topic ${places[0]!.topic}, and \`auto.offset.reset\` is none. Set it to earliest or latest.`,
    );
  return offsetsAt(consumer, places, reset === "earliest" ? EARLIEST : LATEST);
}

/** Where the first record of a time (epoch milliseconds) or later is; the end where there is none. */
export async function positionsSince(
  consumer: Consumer,
  places: readonly Omit<Position, "offset">[],
  time: number,
): Promise<readonly Position[]> {
  // The end as it was before the question: what comes in between is later than the time.
  const end = await resetPositions(consumer, places, "latest");
  const found = await offsetsAt(consumer, places, BigInt(time));
  return found.map((position, index) => (position.offset < 0n ? end[index]! : position));
}

/** Those that have nothing at these offsets any more, with where to go on instead. */
export async function outOfRange(
  consumer: Consumer,
  positions: readonly Position[],
  reset: Reset,
): Promise<readonly Position[]> {
  const [first, end] = await Promise.all([
    offsetsAt(consumer, positions, EARLIEST),
    offsetsAt(consumer, positions, LATEST),
  ]);
  const isOut = ({ offset }: Position, index: number) => offset < first[index]!.offset || offset > end[index]!.offset;
  return resetPositions(consumer, positions.filter(isOut), reset);
}

/** In the order of the places. */
async function offsetsAt(
  consumer: Consumer,
  places: readonly Omit<Position, "offset">[],
  timestamp: bigint,
): Promise<readonly Position[]> {
  if (places.length === 0) return [];
  const topics = byTopic(places);
  const partitions = Object.fromEntries(
    [...topics].map(([topic, of]) => [topic, of.map(({ partition }) => partition)]),
  );
  const offsets = await consumer.listOffsets({ topics: [...topics.keys()], partitions, timestamp });
  return places.map(({ topic, partition }) => ({ topic, partition, offset: offsets.get(topic)?.[partition] ?? -1n }));
}
