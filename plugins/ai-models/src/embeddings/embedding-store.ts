import { createHash } from "node:crypto";

/** A text with what is known of it. */
export interface Segment {
  readonly text: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface EmbeddedSegment extends Segment {
  readonly vector: readonly number[];
}

export interface FoundSegment extends Segment {
  /** From 0 to 1, of what means the same. */
  readonly score: number;
}

/** What is wanted of a search. */
export interface Wanted {
  readonly maxResults: number;
  readonly minScore: number;
}

/** Where embedded texts are kept. It fails with `TaskFailure` that says what its server said. */
export interface EmbeddingStore {
  /** Forgets all texts. */
  drop(): Promise<void>;
  /** A segment that is there already, by its `segmentId`, is replaced. */
  add(segments: readonly EmbeddedSegment[]): Promise<void>;
  /** The closest first. */
  search(vector: readonly number[], wanted: Wanted): Promise<readonly FoundSegment[]>;
  /** Keeps what was added, where that is not done at once. */
  finish?(): Promise<void>;
  close?(): Promise<void>;
  /** What an ingestion tells of it. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A UUID that is the same for the same text with the same metadata, so that an ingestion which is tried again adds nothing twice. */
export function segmentId({ text, metadata }: Segment): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([text, metadata]))
    .digest("hex");
  // In the form of a UUID that is made of a hash, in the version that leaves the choice of the hash open.
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/** Segments by their ids; the last one of each counts. */
export function byId<Each extends Segment>(segments: readonly Each[]): ReadonlyMap<string, Each> {
  return new Map(segments.map((segment) => [segmentId(segment), segment]));
}

/** The score of a cosine, which is from -1 to 1. */
export function scoreOf(cosine: number): number {
  return (1 + cosine) / 2;
}
