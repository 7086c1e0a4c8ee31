import { type ExecutionFiles, type PollingContext, TaskFailure } from "@capstan/sdk";
import { statusOf } from "../aws-failure.ts";
import { nameOf, type S3Access } from "./access.ts";
import { copyObject, type CopyTarget } from "./copy-object.ts";
import type { ListedObject } from "./listing.ts";
import { storeObject } from "./store-object.ts";

/** Characters that the objects of an event take as JSON, by a generous estimate; what doesn't fit is in the next event. */
export const EVENT_CHARACTERS_MAX = 200_000;
/** Characters of an object beside its key. */
const OBJECT_CHARACTERS = 700;
/** An event takes no further object after so long: the platform waits five minutes for the answer to a question. */
export const STORING_MS_MAX = 120_000;
/** Objects that can't be stored, after which a question gives up. */
export const FAILURES_MAX = 10;

/** An object that is new, or has other content than before. */
export type Change = ListedObject & { readonly changeType: "CREATE" | "UPDATE" };
/** One whose content is stored: the facts are those of what was stored. */
export type StoredChange = Change & { readonly uri: string };

export interface StoringOptions {
  readonly bucket: string;
  readonly requestPayer?: string | undefined;
  readonly expectedBucketOwner?: string | undefined;
  /** Where a copy goes at once. */
  readonly targetOf: ((key: string) => CopyTarget) | undefined;
  /** Objects of one event. */
  readonly countMax: number;
}

type Context = Pick<PollingContext<unknown>, "files" | "log" | "now" | "signal">;

/**
 * Stores the first of the changes, so many as one event takes. What can't be stored is told with a warning and left for the next
 * question; when that goes for all of them, the failure of the first is thrown. Nothing stays of objects that are not answered.
 */
export async function storeChanges(
  context: Context,
  access: S3Access,
  changes: readonly Change[],
  options: StoringOptions,
): Promise<readonly StoredChange[]> {
  const { countMax, targetOf } = options;
  const begun = context.now();
  const stored: StoredChange[] = [];
  const failures: unknown[] = [];
  const targets = new Set<string>();
  let characters = 0;
  for (const change of changes) {
    characters += charactersOf(change);
    const isFull = stored.length === countMax || characters > EVENT_CHARACTERS_MAX;
    if (stored.length > 0 && (isFull || context.now() - begun > STORING_MS_MAX)) break;
    const target = targetOf?.(change.key);
    // Two of one name would be moved to the same place: they are not of one event.
    if (target !== undefined && targets.has(target.key)) continue;
    try {
      const result = await storeChange(context, access, { change, target, options });
      if (result === undefined) continue;
      stored.push(result);
      if (target !== undefined) targets.add(target.key);
    } catch (error) {
      failures.push(error);
      if (context.signal.aborted || !(error instanceof TaskFailure) || failures.length === FAILURES_MAX) {
        await discard(context.files, stored);
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
export async function discard(files: ExecutionFiles, stored: readonly { readonly uri: string }[]): Promise<void> {
  for (const { uri } of stored) await files.delete(uri);
}

interface Storing {
  readonly change: Change;
  readonly target: CopyTarget | undefined;
  readonly options: StoringOptions;
}

/** Undefined for an object that is gone, or changes again in this moment. */
async function storeChange(
  context: Context,
  access: S3Access,
  { change, target, options }: Storing,
): Promise<StoredChange | undefined> {
  const { bucket, requestPayer, expectedBucketOwner } = options;
  const { key } = change;
  let uri: string | undefined;
  try {
    const { file, lastModified } = await storeObject(context, access, {
      bucket,
      key,
      requestPayer,
      expectedBucketOwner,
    });
    ({ uri } = file);
    const { eTag: etag, contentLength: size = change.size, checksumAlgorithm = change.checksumAlgorithm } = file;
    if (target !== undefined) await copyObject(access, { bucket, key, etag }, target);
    return { ...change, uri, etag, size, lastModified: lastModified ?? change.lastModified, checksumAlgorithm };
  } catch (error) {
    if (uri !== undefined) await context.files.delete(uri);
    const status = statusOf(error);
    if (status === 404 || status === 412) return undefined;
    throw error;
  }
}

function charactersOf({ key }: Change): number {
  return OBJECT_CHARACTERS + 2 * JSON.stringify(key).length + nameOf(key).length;
}
