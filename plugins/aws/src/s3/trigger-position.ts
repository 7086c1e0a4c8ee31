import type { JsonValue } from "@capstan/sdk";
import type { StoredKnowledge } from "@capstan/sdk/objects";

/** An object whose event is given, and that is still to be removed from the bucket. */
export interface Handled {
  readonly bucket: string;
  readonly key: string;
  readonly etag?: string | undefined;
  /** ISO-8601, in UTC. */
  readonly lastModified?: string | undefined;
}

/** How far a trigger got: durable with the execution of its last event. */
export interface TriggerPosition {
  /** What the knowledge is about. Of something else, nothing is known. */
  readonly about: string;
  readonly known: StoredKnowledge;
  readonly handled: readonly Handled[];
}

/** The position that was given back; a fresh one where there is none, or it is about other objects. */
export function positionFrom(stored: JsonValue | undefined, about: string): TriggerPosition {
  const position = stored as unknown as Partial<TriggerPosition> | undefined;
  const handled = position?.handled ?? [];
  if (position?.about !== about || position.known === undefined) return { about, known: { seen: "" }, handled };
  return { about, known: position.known, handled };
}

export function storedPosition(position: TriggerPosition): JsonValue {
  return position as unknown as JsonValue;
}
