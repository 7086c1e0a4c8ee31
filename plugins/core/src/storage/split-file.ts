import { groupFinder, readLines } from "@capstan/sdk";
import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { Readable } from "node:stream";

/** How to cut a file of lines; of several rules the first one given counts, in this order. */
export interface SplitRule {
  /** In Java's notation. Lines go to the part of what capture group 1 matched; lines that don't match are dropped. */
  readonly regexPattern?: string | undefined;
  /** A part ends with the line that fills it up to so many bytes, and may be longer by a part of that line. */
  readonly bytes?: number | undefined;
  /** So many parts; lines are dealt out in turn, and parts without a line are left out. */
  readonly partitions?: number | undefined;
  /** So many lines in a part. */
  readonly rows?: number | undefined;
  /** Default: a line feed. */
  readonly separator?: string | undefined;
}

/** The number of parts that are open at once; what goes beyond it is cut by `rows` or `bytes` instead. */
export const SPLIT_PARTS_OPEN_MAX = 1_000;

/**
 * Cuts a stream into files of a folder and answers their paths, in the order of their first lines. Holds one line in memory at
 * a time. Throws RangeError for a rule without a number above 0, and for more than `SPLIT_PARTS_OPEN_MAX` open parts; and what
 * `groupFinder` throws.
 */
export async function splitFile(content: Readable, rule: SplitRule, folder: string): Promise<string[]> {
  const separator = rule.separator ?? "\n";
  const choose = chooserOf(rule, Buffer.byteLength(separator));
  const parts = createParts(folder);
  await mkdir(folder, { recursive: true });
  try {
    for await (const line of readLines(content, separator)) {
      const choice = choose(line);
      if (choice === undefined) continue;
      await parts.write(choice.key, line + separator);
      if (choice.isOnlyOpen) await parts.closeAllBut(choice.key);
    }
  } finally {
    await parts.closeAllBut(undefined);
  }
  return parts.paths();
}

interface Choice {
  readonly key: string;
  /** No other part will get a line any more. */
  readonly isOnlyOpen: boolean;
}

function chooserOf(rule: SplitRule, separatorBytes: number): (line: string) => Choice | undefined {
  const { regexPattern, bytes, partitions, rows } = rule;
  if (regexPattern !== undefined) {
    const keyOf = groupFinder(regexPattern, 1);
    return (line) => {
      const key = keyOf(line);
      return key === undefined ? undefined : { key, isOnlyOpen: false };
    };
  }
  if (bytes !== undefined) return byBytes(positive("bytes", bytes), separatorBytes);
  let count = 0;
  if (partitions !== undefined) {
    positive("partitions", partitions);
    return () => ({ key: String(count++ % partitions), isOnlyOpen: false });
  }
  if (rows === undefined) throw new RangeError("Give one of `regexPattern`, `bytes`, `partitions` and `rows`.");
  positive("rows", rows);
  return () => ({ key: String(Math.floor(count++ / rows)), isOnlyOpen: true });
}

function byBytes(bytes: number, separatorBytes: number): (line: string) => Choice {
  let part = 0;
  let filled = 0;
  return (line) => {
    if (filled >= bytes) {
      part += 1;
      filled = 0;
    }
    filled += Buffer.byteLength(line) + separatorBytes;
    return { key: String(part), isOnlyOpen: true };
  };
}

function positive(name: string, value: number): number {
  if (!(value >= 1)) throw new RangeError(`\`${name}\` must be at least 1, not ${value}.`);
  return value;
}

function createParts(folder: string) {
  const paths = new Map<string, string>();
  const open = new Map<string, WriteStream>();
  return {
    async write(key: string, text: string): Promise<void> {
      let stream = open.get(key);
      if (stream === undefined) {
        if (open.size >= SPLIT_PARTS_OPEN_MAX)
          throw new RangeError(
            `A file can be split into ${SPLIT_PARTS_OPEN_MAX} parts at most; split by \`rows\` or \`bytes\`.`,
          );
        const path = join(folder, `part-${paths.size}`);
        paths.set(key, path);
        stream = createWriteStream(path);
        // A failure is told to the next write, or to the one who closes the part.
        stream.on("error", () => undefined);
        open.set(key, stream);
      }
      if (!stream.write(text)) await drained(stream);
      if (stream.errored !== null) throw stream.errored;
    },
    async closeAllBut(kept: string | undefined): Promise<void> {
      if (kept !== undefined && open.size <= 1) return;
      const closing: Promise<void>[] = [];
      for (const [key, stream] of open) {
        if (key === kept) continue;
        open.delete(key);
        closing.push(finished(stream.end()));
      }
      await Promise.all(closing);
    },
    paths: () => [...paths.values()],
  };
}

/** Until the stream takes more, or never will. */
function drained(stream: WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    if (stream.closed) done();
    else stream.once("drain", done).once("close", done);
  });
}
