/**
 * How a trigger loses nothing, and starts the flow once for each file.
 *
 * One question answers one event, and what it knows of files goes with the event as its position: both become durable in one commit,
 * or neither does. So the server is left as it is until then:
 *
 * 1. Files that are new or changed are stored.
 * 2. The event is answered. Its position knows the files, and names them as handled.
 * 3. At the next question, files that the durable position names are moved or deleted, if they are still what was stored. What is there
 *    instead by then is a new file.
 *
 * A crash before the commit leaves the files as they were, and the next question finds them again; one after it leaves the position, and
 * step 3 is done again, which comes to the same.
 */
import {
  type JsonValue,
  type PollingContext,
  TaskFailure,
  type TriggerEvent,
  type TriggerProgress,
} from "@capstan/sdk";
import { type Action, type Handled, leaveBehind, moveTarget } from "../operations/leave-behind.ts";
import { type Selection, selected } from "../operations/selection.ts";
import { versionOf } from "../operations/store-file.ts";
import { isUnfinished } from "../operations/unfinished-file.ts";
import type { RemoteEntry, RemoteFiles } from "../remote-files.ts";
import { joined, remotePath } from "../remote-path.ts";
import { type KnownFiles, knownFiles, type StoredKnowledge } from "./known-files.ts";
import { type Change, discard, storeChanges, type StoringOptions } from "./store-changes.ts";

export interface PollProperties extends Selection, Action {
  readonly on: "CREATE" | "UPDATE" | "CREATE_OR_UPDATE";
  readonly maxFiles: number;
  readonly stateKey?: string | undefined;
  /** Milliseconds. */
  readonly stateTtl?: number | undefined;
  /** A file that was written within so many milliseconds waits for a later question; none does by default. */
  readonly quietMs?: number | undefined;
}

/** How far a trigger got: durable with the execution of its last event. */
interface Position {
  /** What the knowledge is about. Of something else, nothing is known. */
  readonly about: string;
  readonly known: StoredKnowledge;
  /** Files whose event is given, and that are still to be moved or deleted. */
  readonly handled: readonly Handled[];
}

type Context = Pick<PollingContext<unknown>, "position" | "files" | "log" | "now" | "evaluate" | "signal">;

/** One question of a trigger for files; `tell` makes of each what the variable `files` has. */
export async function pollFiles(
  context: Context,
  remote: RemoteFiles,
  properties: PollProperties,
  tell: StoringOptions["tell"],
): Promise<TriggerEvent | TriggerProgress | undefined> {
  const { action = "NONE", stateKey = "", stateTtl = 0, maxFiles } = properties;
  const from = remotePath(properties.from, remote.address);
  const targetOf = moveTarget(properties, remote);
  const before = positionFrom(context.position, JSON.stringify([stateKey, remote.address, from]));
  const known = knownFiles(before.known, { now: context.now(), ttlMs: stateTtl });
  for (const handled of action === "NONE" ? [] : before.handled) {
    await leaveBehind(remote, handled, properties, context.log);
    known.forget(handled.path);
  }
  // Nothing would ever count as new there.
  if (targetOf?.(joined(from, "x")) === joined(from, "x"))
    throw new TaskFailure("`moveDirectory` is the folder that is looked into: name another one.");
  const isMoved = (path: string) => targetOf?.(path) === path;
  const found = await selected(context, remote, { ...properties, from });
  const wanted = found.filter((entry) => entry.kind === "FILE" && !isUnfinished(entry) && !isMoved(entry.path));
  const changes = changesOf(wanted, known, { ...properties, now: context.now() });
  const stored = await storeChanges(context, remote, changes, { countMax: maxFiles, targetOf, tell });
  for (const { entry } of stored) known.see(entry.path, versionOf(entry));
  const handled = action === "NONE" ? [] : stored.map((change) => change.handled);
  try {
    const position = { about: before.about, known: known.stored(), handled } as unknown as JsonValue;
    if (stored.length > 0) return { variables: { files: stored.map(({ told }) => told) }, position };
    return JSON.stringify(position) === JSON.stringify(context.position) ? undefined : { position };
  } catch (error) {
    await discard(context.files, stored);
    throw error;
  }
}

/** The position that was given back; a fresh one where there is none, or it is about other files. */
function positionFrom(stored: JsonValue | undefined, about: string): Position {
  const position = stored as unknown as Partial<Position> | undefined;
  if (position?.about !== about || position.known === undefined) return { about, known: { seen: "" }, handled: [] };
  return { about, known: position.known, handled: position.handled ?? [] };
}

/** What is new or changed as `on` asks for, in the order that was asked for, or the oldest first; the rest becomes known. */
function changesOf(
  entries: readonly RemoteEntry[],
  known: KnownFiles,
  { on, sort = "NONE", quietMs = 0, now }: PollProperties & { readonly now: number },
): readonly Change[] {
  const changes: Change[] = [];
  for (const entry of entries) {
    if (isFresh(entry, now, quietMs)) {
      known.leave(entry.path);
      continue;
    }
    const version = versionOf(entry);
    const state = known.stateOf(entry.path, version);
    const changeType = state === "new" ? "CREATE" : "UPDATE";
    if (state === "same" || (on !== "CREATE_OR_UPDATE" && on !== changeType)) known.see(entry.path, version);
    else {
      if (state === "changed") known.leave(entry.path);
      changes.push({ entry, changeType });
    }
  }
  if (sort !== "NONE") return changes;
  return changes.toSorted(({ entry: left }, { entry: right }) => (left.updatedAt ?? 0) - (right.updatedAt ?? 0));
}

/** A time that lies ahead says nothing of when a file was written. */
function isFresh({ updatedAt = 0 }: RemoteEntry, now: number, quietMs: number): boolean {
  return updatedAt > now - quietMs && updatedAt <= now + quietMs && quietMs > 0;
}
