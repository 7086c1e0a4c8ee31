import { type ExecutionFiles, type PollingContext, TaskFailure } from "@capstan/sdk";
import type { Handled } from "../operations/leave-behind.ts";
import { storeFile } from "../operations/store-file.ts";
import type { RemoteEntry, RemoteFiles } from "../remote-files.ts";

/** Characters that the files of an event take as JSON; what doesn't fit is in the next event. */
export const EVENT_CHARACTERS_MAX = 200_000;
/** An event takes no further file after so long: the platform waits five minutes for the answer to a question. */
const STORING_MS_MAX = 120_000;
/** Files that can't be stored, after which a question gives up. */
export const FAILURES_MAX = 10;

/** A file that is new, or has other content than before. */
export interface Change {
  readonly entry: RemoteEntry;
  readonly changeType: "CREATE" | "UPDATE";
}
/** One whose content is stored. */
export interface StoredChange extends Change {
  readonly uri: string;
  readonly handled: Handled;
  readonly told: object;
}

type Context = Pick<PollingContext<unknown>, "files" | "log" | "now" | "signal">;

export interface StoringOptions {
  /** What a flow is told of a file that is stored at the URI. */
  readonly tell: (entry: RemoteEntry, uri: string, changeType: Change["changeType"]) => object;
  readonly countMax: number;
  /** Where a file goes later; two that go to the same place are not of one event. */
  readonly targetOf: ((path: string) => string) | undefined;
}

/**
 * Stores the first of the changes, so many as one event takes. What can't be stored is told with a warning and left for the next
 * question; when that goes for all of them, the failure of the first is thrown. Nothing stays of files that are not answered.
 */
export async function storeChanges(
  context: Context,
  remote: RemoteFiles,
  changes: readonly Change[],
  { countMax, targetOf, tell }: StoringOptions,
): Promise<readonly StoredChange[]> {
  const begun = context.now();
  const stored: StoredChange[] = [];
  const failures: unknown[] = [];
  const targets = new Set<string>();
  let characters = 0;
  for (const change of changes) {
    if (stored.length === countMax || characters > EVENT_CHARACTERS_MAX) break;
    if (stored.length > 0 && context.now() - begun > STORING_MS_MAX) break;
    const target = targetOf?.(change.entry.path);
    if (target !== undefined && targets.has(target)) continue;
    try {
      const one = await storeChange(context, remote, change, tell);
      stored.push(one);
      characters += JSON.stringify([one.told, one.handled]).length;
      if (target !== undefined) targets.add(target);
    } catch (error) {
      failures.push(error);
      if (context.signal.aborted || !(error instanceof TaskFailure)) {
        await discard(context.files, stored);
        throw error;
      }
      if (failures.length === FAILURES_MAX || !remote.isOpen()) break;
    }
  }
  if (stored.length === 0 && failures.length > 0) throw failures[0];
  for (const failure of failures) context.log.warn(`${(failure as Error).message} It is tried again later.`);
  if (stored.length > 0) context.log.info(`Stored ${stored.length} of ${changes.length} new or changed files`);
  return stored;
}

/** Deletes what was stored for an event that is not answered. */
export async function discard(files: ExecutionFiles, stored: readonly StoredChange[]): Promise<void> {
  for (const { uri } of stored) await files.delete(uri);
}

async function storeChange(
  context: Context,
  remote: RemoteFiles,
  change: Change,
  tell: StoringOptions["tell"],
): Promise<StoredChange> {
  const { uri, entry } = await storeFile(context, remote, change.entry.path);
  const { path, version, sizeBytes, updatedAt } = entry;
  const told = tell({ ...change.entry, ...entry }, uri, change.changeType);
  return { ...change, uri, handled: { path, version, sizeBytes, updatedAt }, told };
}
