import { createHash } from "node:crypto";
import { TaskFailure } from "@capstan/sdk";

/** Objects that a trigger remembers. Each takes sixteen characters of its position, which may have a million. */
export const KNOWN_OBJECTS_MAX = 50_000;
/** Characters of a hash: 48 bits in base64. */
const HASH = 8;
/** Characters of a time: seconds since 1970 in base 36. */
const TIME = 7;

/** What a trigger knows of objects, as text: a hash of the key and one of the version for each. */
export interface StoredKnowledge {
  /** Those that were there at the last question. */
  readonly seen: string;
  /** Those that are gone since, with the time. */
  readonly gone?: string;
}

/** What is known of objects before a question, and what will be known after it. */
export interface KnownObjects {
  /** Whether the key is known, and if so whether with that version. */
  stateOf(key: string, version: string): "new" | "changed" | "same";
  /** The object is there, and was handled. */
  see(key: string, version: string): void;
  /** The object is there; what is known of it stays as it is, because this version is still to be handled. */
  leave(key: string): void;
  /** What comes under this key later is a new object. */
  forget(key: string): void;
  /** What is known after the question, when all objects that are there were seen or left. Throws `TaskFailure` for too many. */
  stored(): StoredKnowledge;
}

export interface KnownObjectsOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  /** How long an object is remembered after it is gone, in milliseconds. */
  readonly ttlMs: number;
}

/** Starts a question with what was stored by the last one. */
export function knownObjects(before: StoredKnowledge, { now, ttlMs }: KnownObjectsOptions): KnownObjects {
  const oldest = seconds(now - ttlMs);
  const known = new Map<string, Known>();
  for (const text of pieces(before.gone ?? "", HASH * 2 + TIME)) {
    const goneAt = Number.parseInt(text.slice(HASH * 2), 36);
    if (goneAt > oldest) known.set(text.slice(0, HASH), { version: text.slice(HASH, HASH * 2), goneAt });
  }
  for (const text of pieces(before.seen, HASH * 2))
    known.set(text.slice(0, HASH), { version: text.slice(HASH), goneAt: undefined });
  const seen = new Map<string, string>();
  const left = new Set<string>();
  return {
    stateOf: (key, version) => {
      const found = known.get(hash(key));
      if (found === undefined) return "new";
      return found.version === hash(version) ? "same" : "changed";
    },
    see: (key, version) => void seen.set(hash(key), hash(version)),
    leave: (key) => void left.add(hash(key)),
    forget: (key) => void known.delete(hash(key)),
    stored: () => {
      const gone: [string, Known][] = [];
      const there = new Map(seen);
      for (const [name, one] of known) {
        if (there.has(name)) continue;
        if (left.has(name)) there.set(name, one.version);
        else if (ttlMs > 0) gone.push([name, { ...one, goneAt: one.goneAt ?? seconds(now) }]);
      }
      if (there.size > KNOWN_OBJECTS_MAX) throw tooMany();
      return { seen: packed(there), ...packedGone(gone, KNOWN_OBJECTS_MAX - there.size) };
    },
  };
}

interface Known {
  readonly version: string;
  /** Seconds; undefined while it is there. */
  readonly goneAt: number | undefined;
}

function packed(there: ReadonlyMap<string, string>): string {
  return Array.from(there, ([name, version]) => name + version).join("");
}

/** Of more than there is room for, those that are gone for longest are forgotten. */
function packedGone(gone: readonly [string, Known][], countMax: number): Pick<StoredKnowledge, "gone"> {
  if (gone.length === 0) return {};
  const latest = gone.toSorted(([, left], [, right]) => right.goneAt! - left.goneAt!).slice(0, countMax);
  const texts = latest.map(([name, { version, goneAt }]) => name + version + goneAt!.toString(36).padStart(TIME, "0"));
  return { gone: texts.join("") };
}

function pieces(text: string, length: number): string[] {
  return Array.from({ length: Math.floor(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  );
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64").slice(0, HASH);
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}

function tooMany(): TaskFailure {
  return new TaskFailure(
    `More than ${KNOWN_OBJECTS_MAX} objects would have to be remembered. Choose fewer with \`prefix\`, or have them moved or deleted with \`action\`.`,
  );
}
