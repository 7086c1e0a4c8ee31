import type { JsonValue } from "@capstan/sdk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entry } from "./entries.ts";
import { endOf, type Looking, memoryOf, positionOf, remember, TOLD_MAX, untold } from "./told-lines.ts";

const LOOKING: Looking = { now: 1_700_000_000_000, sinceMs: 600_000, stateTtlMs: 86_400_000, stateKey: "" };
const NOW_NS = 1_700_000_000_000_000_000n;

const lineAt = (time: bigint, line = "x", labels = {}): Entry => ({ timestamp: String(time), labels, line });

test("without a position it looks back by `since`", () => {
  expect(memoryOf(undefined, LOOKING)).toEqual({ from: NOW_NS - 600_000_000_000n, told: new Set() });
});

describe("a position", () => {
  const { memory } = remember(memoryOf(undefined, LOOKING), [lineAt(NOW_NS - 1n)], LOOKING);
  const position = positionOf(memory, LOOKING);
  const anew = (looking: Looking) => memoryOf(position, looking).told.size === 0;

  test("is plain data that reads back", () => {
    expect(memoryOf(JSON.parse(JSON.stringify(position)) as JsonValue, LOOKING)).toEqual(memory);
  });

  test.each([
    ["at the end of its time", { now: LOOKING.now + LOOKING.stateTtlMs }, false],
    ["after it", { now: LOOKING.now + LOOKING.stateTtlMs + 1 }, true],
    ["for another key", { stateKey: "other" }, true],
    ["for the same key", { stateKey: "" }, false],
  ])("%s: begins anew is %4$s", (_name, change, expected) => {
    expect(anew({ ...LOOKING, ...change })).toBe(expected);
  });
});

test("a longer `since` does not bring told lines back, and neither does a clock that was set back", () => {
  const memory = { from: NOW_NS, told: new Set<string>() };
  const earlier = { ...LOOKING, now: LOOKING.now - 60_000 };
  expect(remember(memory, [], { ...LOOKING, sinceMs: 3_600_000 }).memory).toEqual(memory);
  expect(remember(memory, [], earlier).memory).toEqual(memory);
  expect(endOf(memory, earlier)).toBe(NOW_NS + 1n);
  expect(endOf(memory, { ...LOOKING, now: LOOKING.now + 1 })).toBe(NOW_NS + 1_000_000n);
});

test("lines that differ in anything are different lines", () => {
  const lines = [
    lineAt(1n),
    lineAt(2n),
    lineAt(1n, "y"),
    lineAt(1n, "x", { a: "1" }),
    lineAt(1n, "x", { a: "1", b: "2" }),
  ];
  const none = memoryOf(undefined, { ...LOOKING, now: 0, sinceMs: 0 });
  expect(untold([...lines, lineAt(1n, "x", { b: "2", a: "1" })], none)).toEqual(lines);
  for (const [index, line] of lines.entries()) {
    const { memory } = remember(none, [line], { ...LOOKING, now: 0, sinceMs: 0 });
    expect(untold(lines, memory)).toEqual(lines.toSpliced(index, 1));
  }
});

describe("at the limit of what is remembered", () => {
  const long = { ...LOOKING, sinceMs: LOOKING.now };
  const none = memoryOf(undefined, long);

  test("all lines of the time are", () => {
    const lines = Array.from({ length: TOLD_MAX }, (_, index) => lineAt(NOW_NS + BigInt(index)));
    const { memory, mayMiss } = remember(none, lines, long);
    expect({ from: memory.from, told: memory.told.size, mayMiss }).toEqual({
      from: 0n,
      told: TOLD_MAX,
      mayMiss: false,
    });
  });

  test("the oldest is forgotten beyond it, and its time with it", () => {
    const lines = Array.from({ length: TOLD_MAX + 1 }, (_, index) => lineAt(NOW_NS + BigInt(index)));
    const { memory, mayMiss } = remember(none, lines, long);
    expect({ ...memory, told: memory.told.size, mayMiss }).toEqual({
      from: NOW_NS + 1n,
      told: TOLD_MAX,
      mayMiss: false,
    });
    expect(untold(lines.slice(1), memory)).toEqual([]);
    expect(remember(memory, [], long).memory).toEqual(memory);
  });

  test("too many lines of one time are told once each, with a warning that further ones are not", () => {
    const lines = Array.from({ length: TOLD_MAX + 1 }, (_, index) => lineAt(NOW_NS, String(index)));
    const { memory, mayMiss } = remember(none, lines, long);
    expect({ ...memory, mayMiss }).toEqual({ from: NOW_NS + 1n, told: new Set(), mayMiss: true });
  });
});

/** A line that is of one time, and comes to Loki some time later; in milliseconds. */
const arrival = fc.record({ at: fc.integer({ min: 0, max: 60 }), lateBy: fc.integer({ min: 0, max: 10 }) });
const look = fc.record({ after: fc.integer({ min: 1, max: 20 }), isLost: fc.boolean() });

test("whatever is late by no more than `since`, and whichever answers are lost, each line is told once", () => {
  fc.assert(
    fc.property(
      fc.array(arrival, { maxLength: 40 }),
      fc.array(look, { maxLength: 20 }),
      fc.integer({ min: 1, max: 8 }),
      (arrivals, looks, maxRecords) => {
        const sinceMs = 11;
        const lines = arrivals.map(({ at, lateBy }, index) => ({
          comes: at + lateBy,
          entry: lineAt(BigInt(at) * 1_000_000n, String(index)),
        }));
        const told: string[] = [];
        let position: JsonValue | undefined = positionOf({ from: 0n, told: new Set() }, { ...LOOKING, now: 0 });
        let now = 0;
        const ask = () => {
          const looking = { ...LOOKING, now, sinceMs };
          const memory = memoryOf(position, looking);
          const answer = lines
            .filter(({ comes, entry }) => comes <= now && BigInt(entry.timestamp) >= memory.from)
            .map(({ entry }) => entry)
            .toSorted((a, b) => Number(BigInt(a.timestamp) - BigInt(b.timestamp)))
            .slice(0, maxRecords + memory.told.size);
          const fresh = untold(answer, memory).slice(0, maxRecords);
          return { fresh, next: positionOf(remember(memory, fresh, looking).memory, looking) };
        };
        const end = Array.from({ length: lines.length + 1 }, () => ({ after: 1, isLost: false }));
        // Looks come at least as often as lines may be late; at the end everything has come, and is told piece by piece.
        for (const { after, isLost } of [...looks, { after: 100, isLost: true }, ...end]) {
          now += after;
          const { fresh, next } = ask();
          if (isLost) continue;
          told.push(...fresh.map(({ line = "" }) => line));
          position = JSON.parse(JSON.stringify(next)) as JsonValue;
        }
        expect(told.toSorted()).toEqual(lines.map((_, index) => String(index)).toSorted());
      },
    ),
    { numRuns: 500 },
  );
});
