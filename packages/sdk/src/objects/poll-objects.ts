/**
 * How a trigger for objects of a store loses nothing, and starts the flow once for each of them.
 *
 * One question answers one event, and what it knows of objects goes with the event as its position: both become durable in one commit,
 * or neither does. So the store is left as it is until then:
 *
 * 1. Objects that are new or changed are stored as files. With MOVE they are copied to their new place as well, so that the tasks of the
 *    flow find them there; doing that again does no harm.
 * 2. The event is answered. Its position knows the objects, and names them as handled.
 * 3. At the next question, objects that the durable position names are deleted, if they are still what was handled. What is there instead
 *    by then is a new object.
 *
 * A crash before the commit leaves the objects as they were, and the next question finds them again; one after it leaves the position,
 * and step 3 is done again, which comes to the same.
 */
import type { JsonValue } from "@capstan/model";
import type { PollingContext } from "../context.ts";
import { TaskFailure, type TriggerEvent, type TriggerProgress } from "../definition.ts";
import { type KnownObjects, knownObjects, type StoredKnowledge } from "./known-objects.ts";

/** Changes that are kept of one listing, the oldest; what comes after them is found again by the next question. */
export const CHANGES_MAX = 10_000;
/** Characters that the objects of an event take as JSON, by a generous estimate; what doesn't fit is in the next event. */
export const EVENT_CHARACTERS_MAX = 200_000;
/** Characters of an object beside its name. */
const OBJECT_CHARACTERS = 1_000;
/** An event takes no further object after so long: the platform waits five minutes for the answer to a question. */
export const STORING_MS_MAX = 120_000;
/** Objects that can't be stored, after which a question gives up. */
export const FAILURES_MAX = 10;

/** Which content of which object. */
export interface ObjectVersion {
  readonly name: string;
  /** Another one for another content. */
  readonly version: string;
}

export interface Change<Found> {
  readonly found: Found;
  readonly changeType: "CREATE" | "UPDATE";
}

/** The place that a trigger looks into, and what it can do there. */
export interface ObjectPlace<Found, Stored extends { readonly uri: string }> {
  /** Names the place, and whatever else would make another question of it. Of another place, nothing is known. */
  readonly about: string;
  list(): AsyncIterable<Found>;
  versionOf(object: Found | Stored): ObjectVersion;
  /** ISO-8601 in UTC, so that older objects come first. */
  timeOf(found: Found): string;
  /** Where `action: MOVE` puts an object, as one text; its own address where it lies there already. Undefined where nothing is moved. */
  targetOf(found: Found): string | undefined;
  addressOf(found: Found): string;
  /**
   * Stores the content and copies the object to its target. Undefined for one that is gone, or changes in this moment. Leaves no file
   * behind where it throws; a `TaskFailure` leaves the object for the next question.
   */
  store(change: Change<Found>): Promise<Stored | undefined>;
  /** Deletes an object, if it is still this version. */
  remove(handled: ObjectVersion): Promise<void>;
}

export interface PollObjectsProperties {
  readonly on: "CREATE" | "UPDATE" | "CREATE_OR_UPDATE";
  readonly action: "MOVE" | "DELETE" | "NONE";
  /** Of one event. */
  readonly maxFiles: number;
  /** Milliseconds. */
  readonly stateTtl?: number | undefined;
}

type Context = Pick<PollingContext<unknown>, "position" | "files" | "log" | "now" | "signal">;

interface Position {
  readonly about: string;
  readonly known: StoredKnowledge;
  readonly handled: readonly ObjectVersion[];
}

/** One question of a trigger for objects. Answers what was stored as the variable `blobs`. */
export async function pollObjects<Found, Stored extends { readonly uri: string }>(
  context: Context,
  place: ObjectPlace<Found, Stored>,
  properties: PollObjectsProperties,
): Promise<TriggerEvent | TriggerProgress | undefined> {
  const { action, maxFiles, stateTtl: ttlMs = 0 } = properties;
  const before = positionFrom(context.position, place.about);
  const known = knownObjects(before.known, { now: context.now(), ttlMs });
  for (const handled of action === "NONE" ? [] : before.handled) {
    await place.remove(handled);
    known.forget(handled.name);
  }
  const changes = await changesOf(place, properties.on, known);
  const stored = await storeChanges(context, place, changes, maxFiles);
  const versions = stored.map((object) => place.versionOf(object));
  for (const { name, version } of versions) known.see(name, version);
  try {
    const position: Position = {
      about: place.about,
      known: known.stored(),
      handled: action === "NONE" ? [] : versions,
    };
    const durable = position as unknown as JsonValue;
    if (stored.length > 0) return { variables: { blobs: stored }, position: durable };
    return JSON.stringify(durable) === JSON.stringify(context.position) ? undefined : { position: durable };
  } catch (error) {
    await discard(context, stored);
    throw error;
  }
}

/** A fresh one where there is none, or it is about another place: then what was handled there stays there. */
function positionFrom(stored: JsonValue | undefined, about: string): Position {
  const position = stored as unknown as Partial<Position> | undefined;
  if (position?.about !== about || position.known === undefined) return { about, known: { seen: "" }, handled: [] };
  return { about, known: position.known, handled: position.handled ?? [] };
}

/** What is new or changed as `on` asks for, the oldest first; the rest becomes known. */
async function changesOf<Found, Stored extends { readonly uri: string }>(
  place: ObjectPlace<Found, Stored>,
  on: PollObjectsProperties["on"],
  known: KnownObjects,
): Promise<readonly Change<Found>[]> {
  const oldestFirst = (changes: readonly Change<Found>[]) =>
    changes.toSorted((left, right) => (place.timeOf(left.found) < place.timeOf(right.found) ? -1 : 1));
  let changes: Change<Found>[] = [];
  for await (const found of place.list()) {
    // It has been moved there, and is no new object for that.
    if (place.targetOf(found) === place.addressOf(found)) continue;
    const { name, version } = place.versionOf(found);
    const state = known.stateOf(name, version);
    const changeType = state === "new" ? "CREATE" : "UPDATE";
    if (state === "same" || (on !== "CREATE_OR_UPDATE" && on !== changeType)) known.see(name, version);
    else {
      if (state === "changed") known.leave(name);
      changes.push({ found, changeType });
      if (changes.length === 2 * CHANGES_MAX) changes = oldestFirst(changes).slice(0, CHANGES_MAX);
    }
  }
  return oldestFirst(changes);
}

/**
 * Stores the first of the changes, so many as one event takes. What can't be stored is told with a warning and left for the next
 * question; when that goes for all of them, the failure of the first is thrown. Nothing stays of objects that are not answered.
 */
async function storeChanges<Found, Stored extends { readonly uri: string }>(
  context: Context,
  place: ObjectPlace<Found, Stored>,
  changes: readonly Change<Found>[],
  countMax: number,
): Promise<readonly Stored[]> {
  const begun = context.now();
  const stored: Stored[] = [];
  const failures: unknown[] = [];
  const targets = new Set<string>();
  let characters = 0;
  for (const change of changes) {
    characters += OBJECT_CHARACTERS + 3 * JSON.stringify(place.versionOf(change.found).name).length;
    const isFull = stored.length === countMax || characters > EVENT_CHARACTERS_MAX;
    if (stored.length > 0 && (isFull || context.now() - begun > STORING_MS_MAX)) break;
    const target = place.targetOf(change.found);
    // Two of one name would be moved to the same place: they are not of one event.
    if (target !== undefined && targets.has(target)) continue;
    try {
      const result = await place.store(change);
      if (result === undefined) continue;
      stored.push(result);
      if (target !== undefined) targets.add(target);
    } catch (error) {
      failures.push(error);
      if (context.signal.aborted || !(error instanceof TaskFailure) || failures.length === FAILURES_MAX) {
        await discard(context, stored);
        throw failures[0];
      }
    }
  }
  if (stored.length === 0 && failures.length > 0) throw failures[0];
  for (const failure of failures) context.log.warn(`${(failure as Error).message} It is tried again later.`);
  if (stored.length > 0) context.log.info(`Stored ${stored.length} of ${changes.length} new or changed objects`);
  return stored;
}

/** Deletes what was stored for an event that is not answered. */
async function discard({ files }: Context, stored: readonly { readonly uri: string }[]): Promise<void> {
  for (const { uri } of stored) await files.delete(uri);
}
