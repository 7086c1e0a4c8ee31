import { createHash } from "node:crypto";
import { TaskFailure } from "@capstan/sdk";

/** Files that a trigger remembers. Each takes sixteen characters of its position, which may have a million. */
export const KNOWN_FILES_MAX = 50_000;
/** Characters of a hash: 48 bits in base64. */
const HASH = 8;
/** Characters of a time: seconds since 1970 in base 36. */
const TIME = 7;

/** What is known of files, as text: a hash of the path and one of the version for each. */
export interface StoredKnowledge {
  /** Those that were there at the last question. */
  readonly seen: string;
  /** Those that are gone since, with the time. */
  readonly gone?: string;
}

export interface KnownFiles {
  /** Whether the path is known, and if so whether with that version. */
  stateOf(path: string, version: string): "new" | "changed" | "same";
  /** The file is there, and is handled with this version. */
  see(path: string, version: string): void;
  /** The file is there; what is known of it stays as it is, because this version is still to be handled. */
  leave(path: string): void;
  /** What comes under this path later is a new file. */
  forget(path: string): void;
  /** What is known once all files that are there were seen or left. Throws `TaskFailure` for too many. */
  stored(): StoredKnowledge;
}

interface Known {
  readonly version: string;
  /** Seconds; undefined while it is there. */
  readonly goneAt?: number;
}

/** Starts a question with what was stored by the last one. `now` is in epoch milliseconds; `ttlMs` is how long gone files are remembered. */
export function knownFiles(
  before: StoredKnowledge,
  { now, ttlMs }: { readonly now: number; readonly ttlMs: number },
): KnownFiles {
  const nowSeconds = Math.floor(now / 1_000);
  const known = new Map<string, Known>();
  for (const text of pieces(before.gone ?? "", 2 * HASH + TIME)) {
    const goneAt = Number.parseInt(text.slice(2 * HASH), 36);
    if (goneAt > nowSeconds - ttlMs / 1_000)
      known.set(text.slice(0, HASH), { version: text.slice(HASH, 2 * HASH), goneAt });
  }
  for (const text of pieces(before.seen, 2 * HASH)) known.set(text.slice(0, HASH), { version: text.slice(HASH) });
  const there = new Map<string, string>();
  const left = new Set<string>();
  return {
    stateOf(path, version) {
      const found = known.get(hash(path));
      if (found === undefined) return "new";
      return found.version === hash(version) ? "same" : "changed";
    },
    see: (path, version) => void there.set(hash(path), hash(version)),
    leave: (path) => void left.add(hash(path)),
    forget: (path) => void known.delete(hash(path)),
    stored() {
      const gone: (readonly [string, string, number])[] = [];
      for (const [name, { version, goneAt = nowSeconds }] of known) {
        if (there.has(name)) continue;
        if (left.has(name)) there.set(name, version);
        else if (ttlMs > 0) gone.push([name, version, goneAt]);
      }
      if (there.size > KNOWN_FILES_MAX) throw tooMany();
      const seen = Array.from(there, ([name, version]) => name + version).join("");
      if (gone.length === 0) return { seen };
      // Of more than there is room for, those that are gone for longest are forgotten.
      const latest = gone.toSorted(([, , one], [, , other]) => other - one).slice(0, KNOWN_FILES_MAX - there.size);
      return { seen, gone: latest.map(([name, version, at]) => name + version + timeText(at)).join("") };
    },
  };
}

function timeText(seconds: number): string {
  return seconds.toString(36).padStart(TIME, "0");
}

function pieces(text: string, length: number): string[] {
  return Array.from({ length: Math.floor(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  );
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64").slice(0, HASH);
}

function tooMany(): TaskFailure {
  return new TaskFailure(
    `More than ${KNOWN_FILES_MAX} files would have to be remembered. Choose fewer with \`from\`, or have them moved or deleted with \`action\`.`,
  );
}
