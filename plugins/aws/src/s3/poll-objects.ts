/**
 * How a trigger loses nothing, and starts the flow once for each object.
 *
 * One question answers one event, and what it knows of objects goes with the event as its position: both become durable in one commit,
 * or neither does. So the bucket is left as it is until then:
 *
 * 1. Objects that are new or changed are stored as files. With MOVE they are copied to their new place as well, so that the tasks of the flow
 *    find them there; doing that again does no harm.
 * 2. The event is answered. Its position knows the objects, and names them as handled.
 * 3. At the next question, objects that the durable position names are deleted, if they are still what was handled. What is there instead
 *    by then is a new object.
 *
 * A crash before the commit leaves the objects as they were, and the next question finds them again; one after it leaves the position, and
 * step 3 is done again, which comes to the same.
 */
import type { PollingContext, TaskLogger, TriggerEvent, TriggerProgress } from "@capstan/sdk";
import { statusOf, told } from "../aws-failure.ts";
import { type S3Access, shownObject } from "./access.ts";
import { deleteObject } from "./delete-object.ts";
import { type KnownObjects, knownObjects } from "@capstan/sdk/objects";
import { type Selection, selectedObjects } from "./listing.ts";
import { type ActionProperties, moveTarget } from "./move.ts";
import { type Change, discard, storeChanges } from "./store-changes.ts";
import { type Handled, positionFrom, storedPosition } from "./trigger-position.ts";

/** Changes that are kept of one listing, the oldest; what comes after them is found again by the next question. */
export const CHANGES_MAX = 10_000;

export interface PollProperties extends Selection, ActionProperties {
  readonly on: "CREATE" | "UPDATE" | "CREATE_OR_UPDATE";
  readonly maxKeys: number;
  /** Of one event, beside `maxKeys`. */
  readonly maxFiles?: number;
  readonly stateKey?: string | undefined;
  /** Milliseconds. */
  readonly stateTtl?: number | undefined;
}

type Context = Pick<PollingContext<unknown>, "position" | "files" | "log" | "now" | "evaluate" | "signal">;

/** One question of a trigger for objects. */
export async function pollObjects(
  context: Context,
  access: S3Access,
  properties: PollProperties,
): Promise<TriggerEvent | TriggerProgress | undefined> {
  const { bucket, action, stateKey = "", stateTtl = 0, maxKeys, maxFiles = maxKeys } = properties;
  const targetOf = moveTarget(properties);
  const before = positionFrom(context.position, JSON.stringify([stateKey, bucket]));
  const known = knownObjects(before.known, { now: context.now(), ttlMs: stateTtl });
  for (const handled of action === "NONE" ? [] : before.handled) {
    await removeHandled(context.log, access, handled, properties);
    if (handled.bucket === bucket) known.forget(handled.key);
  }
  const changes = await changesOf(context, access, { ...properties, targetOf }, known);
  const countMax = Math.min(maxKeys, maxFiles);
  const stored = await storeChanges(context, access, changes, { ...properties, targetOf, countMax });
  for (const object of stored) known.see(object.key, versionOf(object));
  const handled = action === "NONE" ? [] : stored.map((object) => handledBy(bucket, object));
  try {
    const position = storedPosition({ about: before.about, known: known.stored(), handled });
    if (stored.length > 0) return { variables: { objects: stored }, position };
    return JSON.stringify(position) === JSON.stringify(context.position) ? undefined : { position };
  } catch (error) {
    await discard(context.files, stored);
    throw error;
  }
}

/** What is new or changed as `on` asks for, the oldest first; the rest becomes known. */
async function changesOf(
  context: Context,
  access: S3Access,
  properties: PollProperties & { readonly targetOf: ReturnType<typeof moveTarget> },
  known: KnownObjects,
): Promise<readonly Change[]> {
  const { bucket, on, targetOf } = properties;
  let changes: Change[] = [];
  for await (const object of selectedObjects(context, access, properties)) {
    const target = targetOf?.(object.key);
    // It has been moved there, and is no new object for that.
    if (target?.bucket === bucket && target.key === object.key) continue;
    const version = versionOf(object);
    const state = known.stateOf(object.key, version);
    const changeType = state === "new" ? "CREATE" : "UPDATE";
    if (state === "same" || (on !== "CREATE_OR_UPDATE" && on !== changeType)) known.see(object.key, version);
    else {
      if (state === "changed") known.leave(object.key);
      changes.push({ ...object, changeType });
      if (changes.length === 2 * CHANGES_MAX) changes = oldestFirst(changes).slice(0, CHANGES_MAX);
    }
  }
  return oldestFirst(changes);
}

function oldestFirst(changes: readonly Change[]): Change[] {
  return changes.toSorted(({ lastModified: left = "" }, { lastModified: right = "" }) =>
    left < right ? -1 : left > right ? 1 : 0,
  );
}

/** Some servers write the same name of a content in more than one way. */
function versionOf({ etag, lastModified = "" }: Pick<Handled, "etag" | "lastModified">): string {
  return etag === undefined ? lastModified : etag.replace(/^W\//, "").replaceAll('"', "");
}

function handledBy(bucket: string, { key, etag, lastModified }: Change): Handled {
  return { bucket, key, etag, lastModified };
}

/** Deletes an object that was handled, unless something else is there by now. */
async function removeHandled(
  log: TaskLogger,
  access: S3Access,
  handled: Handled,
  { bucket, requestPayer, expectedBucketOwner }: PollProperties,
): Promise<void> {
  const shown = shownObject(handled.bucket, handled.key);
  if (handled.bucket !== bucket) {
    log.warn(`${shown} was handled, and stays where it is: the trigger looks into another bucket by now`);
    return;
  }
  const input = { Bucket: bucket, Key: handled.key, ExpectedBucketOwner: expectedBucketOwner };
  try {
    const request = access.s3.headObject(input, { abortSignal: access.signal });
    const { ETag: etag, LastModified } = await told(`Reading ${shown}`, request);
    const found = { etag, lastModified: LastModified?.toISOString() };
    if (versionOf(found) !== versionOf(handled) || secondOf(found) !== secondOf(handled)) return;
  } catch (error) {
    if (statusOf(error) === 404) return;
    throw error;
  }
  await deleteObject(access, { bucket, key: handled.key, requestPayer, expectedBucketOwner });
}

/** Answers tell the time in whole seconds. */
function secondOf({ lastModified }: { readonly lastModified?: string | undefined }): string | undefined {
  return lastModified?.slice(0, "2026-01-01T00:00:00".length);
}
