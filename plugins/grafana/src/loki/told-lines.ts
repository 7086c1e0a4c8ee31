/**
 * What a trigger remembers, so that no line is missed or told twice. It asks for all lines `from` a time on, and knows each line of that
 * time that it told. The time follows the clock at the distance `since`: so long may a line be on its way to Loki. It waits where there
 * is more to tell than fits into one execution.
 */
import { createHash } from "node:crypto";
import type { JsonValue } from "@capstan/sdk";
import type { Entry } from "./entries.ts";

/** Told lines that are remembered. Beyond it the oldest are forgotten, and late lines of their time are no longer looked for. */
export const TOLD_MAX = 1_000;
const NS_PER_MS = 1_000_000n;

export interface Memory {
  /** Epoch nanoseconds. Of lines from this time on, exactly those in `told` were told. */
  readonly from: bigint;
  /** By `idOf`. */
  readonly told: ReadonlySet<string>;
}

/** What is durable of it; also which `stateKey` it is for, and when it was used, in epoch milliseconds. */
interface Position {
  readonly stateKey: string;
  readonly at: number;
  readonly from: string;
  readonly told: readonly string[];
}

export interface Looking {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly sinceMs: number;
  readonly stateTtlMs: number;
  readonly stateKey: string;
}

/** What is remembered; only where the look back begins, when there is nothing, or when it is too old or for another key. */
export function memoryOf(position: JsonValue | undefined, { now, sinceMs, stateTtlMs, stateKey }: Looking): Memory {
  const kept = position as Position | undefined;
  const isCurrent = kept !== undefined && kept.stateKey === stateKey && now - kept.at <= stateTtlMs;
  return isCurrent
    ? { from: BigInt(kept.from), told: new Set(kept.told) }
    : { from: nanoseconds(now - sinceMs), told: new Set() };
}

export function positionOf({ from, told }: Memory, { now, stateKey }: Looking): JsonValue {
  return { stateKey, at: now, from: String(from), told: [...told] } satisfies Position;
}

/** Lines before this time are asked for: now, and after the start also when the clock was set back. */
export function endOf({ from }: Memory, { now }: Looking): bigint {
  return latest(nanoseconds(now), from + 1n);
}

/** The lines that were not told yet, in the order that they are given. */
export function untold(lines: readonly Entry[], { told }: Memory): readonly Entry[] {
  const seen = new Set(told);
  return lines.filter((line) => {
    const id = idOf(line);
    return !seen.has(id) && seen.add(id);
  });
}

export interface Told {
  readonly memory: Memory;
  /** Whether so many lines are of one time that further ones of it may not be told. */
  readonly mayMiss: boolean;
}

/** What to remember once `lines` are told, the oldest first. Whether there are further ones need not be known. */
export function remember(memory: Memory, lines: readonly Entry[], { now, sinceMs }: Looking): Told {
  const last = lines.at(-1);
  const horizon = nanoseconds(now - sinceMs);
  const lastTime = last === undefined ? horizon : BigInt(last.timestamp);
  const told = [...memory.told, ...lines.map(idOf)].toSorted((a, b) => compared(timeOf(a), timeOf(b)));
  const forgotten = told[told.length - TOLD_MAX - 1];
  const from = latest(
    memory.from,
    horizon < lastTime ? horizon : lastTime,
    forgotten === undefined ? memory.from : timeOf(forgotten) + 1n,
  );
  return {
    memory: { from, told: new Set(told.filter((id) => timeOf(id) >= from)) },
    mayMiss: last !== undefined && from > lastTime,
  };
}

export function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds)) * NS_PER_MS;
}

/** A line by its time and a hash: two lines of one stream that are the same to Loki are the same here. */
function idOf({ timestamp, labels, line = "" }: Entry): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash("sha256")
    .update(JSON.stringify([sorted, line]))
    .digest("base64url");
  return `${timestamp}-${hash.slice(0, 16)}`;
}

function timeOf(id: string): bigint {
  return BigInt(id.slice(0, id.indexOf("-")));
}

function latest(...times: readonly bigint[]): bigint {
  return times.reduce((a, b) => (a > b ? a : b));
}

function compared(a: bigint, b: bigint): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
