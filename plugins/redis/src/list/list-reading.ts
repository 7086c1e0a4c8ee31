import { deliverRows, duration, dynamic, type ExecutionFiles, TaskFailure, type TaskLogger, text } from "@capstan/sdk";
import type { Redis } from "ioredis";
import { z } from "zod";
import { url } from "../connection.ts";
import { deserialized, serdeType, type SerdeType } from "../serde.ts";
import { type Claim, claimedFrom } from "./claims.ts";

/** Elements that are claimed with one command at most, however many are asked for at once. */
export const CLAIMED_AT_ONCE_MAX = 10_000;

/** Properties of what reads many elements of a list. */
export const readingProperties = () => ({
  url: url(),
  key: text().describe("Name of the list."),
  serdeType: serdeType(),
  maxRecords: dynamic(z.int().min(1))
    .optional()
    .describe("How many elements are taken at most; this or `maxDuration` is needed."),
  maxDuration: duration()
    .optional()
    .describe("How long elements are taken at most, such as PT10S. An empty list ends it at once."),
  count: dynamic(z.int().min(1).max(CLAIMED_AT_ONCE_MAX))
    .default(100)
    .describe("How many elements are taken with one command. Default: 100; 10000 at most."),
});

export const readingOutputs = () =>
  z.object({
    count: z.int().describe("How many elements were taken."),
    uri: z.string().describe("The file of the elements, one a line, from the head of the list on."),
  });

export interface Reading {
  readonly key: string;
  readonly serdeType: SerdeType;
  readonly maxRecords?: number | undefined;
  /** Milliseconds. */
  readonly maxDuration?: number | undefined;
  readonly count: number;
}

interface Reader {
  readonly files: ExecutionFiles;
  readonly log: TaskLogger;
  readonly now: () => number;
}

/** Throws `TaskFailure` where nothing says when to end. */
export function checkLimits({ maxRecords, maxDuration }: Reading): void {
  if (maxRecords === undefined && maxDuration === undefined)
    throw new TaskFailure(
      "Neither `maxRecords` nor `maxDuration` says when to stop taking elements. Give at least one of them.",
    );
}

/** Claims elements until a limit is reached or the list is empty, and stores them as a file; there is none of no elements. */
export async function storeClaimed(
  redis: Redis,
  claim: Claim,
  reading: Reading,
  { files, log, now }: Reader,
): Promise<{ readonly count: number; readonly uri: string } | undefined> {
  const rows = claimedElements(redis, claim, reading, now);
  const first = await rows.next();
  if (first.done === true) return undefined;
  async function* values() {
    yield elementValue(first.value as string, reading, log);
    for await (const element of rows) yield elementValue(element, reading, log);
  }
  const { uri, size } = await deliverRows(values(), "STORE", files, "elements.ion");
  return { count: size, uri: uri! };
}

async function* claimedElements(
  redis: Redis,
  claim: Claim,
  { maxRecords = Number.POSITIVE_INFINITY, maxDuration = Number.POSITIVE_INFINITY, count }: Reading,
  now: () => number,
): AsyncGenerator<string> {
  const end = now() + maxDuration;
  for (let taken = 0; taken < maxRecords;) {
    const size = Math.min(count, maxRecords - taken);
    const elements = await claimedFrom(redis, claim, taken, size);
    yield* elements;
    taken += elements.length;
    if (elements.length < size || now() >= end) return;
  }
}

/** One element that can't be read must not hold up those behind it: it is handed on as the text that it is. */
export function elementValue(
  element: string,
  { key, serdeType: serde }: Pick<Reading, "key" | "serdeType">,
  log: TaskLogger,
): unknown {
  try {
    return deserialized(element, serde, key);
  } catch (error) {
    if (!(error instanceof TaskFailure)) throw error;
    log.warn(`An element of ${key} is no JSON; it is handed on as text.`);
    return element;
  }
}
