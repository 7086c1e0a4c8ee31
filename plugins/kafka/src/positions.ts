import type { GroupAssignment } from "@platformatic/kafka";

/** An offset in a partition of a topic. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** One offset for each partition. */
export interface Positions {
  readonly all: () => readonly Position[];
  readonly get: (place: Place) => bigint | undefined;
  readonly set: (position: Position) => void;
  /** Forgets all partitions that are not in these. */
  readonly keepOnly: (assigned: readonly GroupAssignment[]) => void;
}

type Place = Pick<Position, "topic" | "partition">;

export function createPositions(): Positions {
  const positions = new Map<string, Position>();
  return {
    all: () => [...positions.values()],
    get: (place) => positions.get(keyOf(place))?.offset,
    set: (position) => void positions.set(keyOf(position), position),
    keepOnly(assigned) {
      const kept = new Set(placesOf(assigned).map(keyOf));
      for (const key of positions.keys()) if (!kept.has(key)) positions.delete(key);
    },
  };
}

/** Names of topics hold no colons. */
function keyOf({ topic, partition }: Place): string {
  return `${topic}:${partition}`;
}

export function placesOf(assigned: readonly GroupAssignment[]): readonly Place[] {
  return assigned.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}

/** Places by their topics, as requests want them. */
export function byTopic<Of extends Place>(places: readonly Of[]): ReadonlyMap<string, readonly Of[]> {
  return Map.groupBy(places, ({ topic }) => topic);
}
