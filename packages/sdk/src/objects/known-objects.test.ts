import { expect, test } from "vitest";
import { KNOWN_OBJECTS_MAX, knownObjects, type StoredKnowledge } from "./known-objects.ts";

const NOW = Date.UTC(2026, 0, 1);
const NOTHING: StoredKnowledge = { seen: "" };

test("what was seen is known with its version", () => {
  const first = knownObjects(NOTHING, { now: NOW, ttlMs: 0 });
  first.see("a", "1");
  first.see("b", "1");
  const then = knownObjects(first.stored(), { now: NOW, ttlMs: 0 });
  expect([then.stateOf("a", "1"), then.stateOf("a", "2"), then.stateOf("c", "1")]).toEqual(["same", "changed", "new"]);
  then.see("a", "2");
  then.leave("b");
  const last = knownObjects(then.stored(), { now: NOW, ttlMs: 0 });
  expect([last.stateOf("a", "2"), last.stateOf("b", "1"), last.stateOf("b", "2")]).toEqual(["same", "same", "changed"]);
  last.forget("a");
  expect(last.stateOf("a", "2")).toBe("new");
});

test("nothing changes in what is stored while nothing changes in the bucket", () => {
  const first = knownObjects(NOTHING, { now: NOW, ttlMs: 10_000 });
  for (const key of ["a", "b"]) first.see(key, "1");
  const stored = first.stored();
  const then = knownObjects(stored, { now: NOW + 5_000, ttlMs: 10_000 });
  for (const key of ["a", "b"]) then.see(key, "1");
  expect(then.stored()).toEqual(stored);
});

/** What is known of so many objects. */
function seenObjects(count: number) {
  const known = knownObjects(NOTHING, { now: NOW, ttlMs: 0 });
  for (let at = 0; at < count; at += 1) known.see(`key ${at}`, "1");
  return known.stored();
}

test("so many as there is room for are known, in sixteen characters each, and one more is told", () => {
  const stored = seenObjects(KNOWN_OBJECTS_MAX);
  expect(JSON.stringify(stored).length).toBeLessThan(KNOWN_OBJECTS_MAX * 16 + 20);
  expect(() => seenObjects(KNOWN_OBJECTS_MAX + 1)).toThrow(
    `More than ${KNOWN_OBJECTS_MAX} objects would have to be remembered. Choose fewer with \`prefix\``,
  );
});

test("objects that are gone make room for those that are there, the oldest first", () => {
  const first = knownObjects(NOTHING, { now: NOW, ttlMs: 1e9 });
  for (const key of ["early", "late"]) first.see(key, "1");
  const second = knownObjects(first.stored(), { now: NOW, ttlMs: 1e9 });
  second.see("late", "1");
  const third = knownObjects(second.stored(), { now: NOW + 1_000, ttlMs: 1e9 });
  for (let at = 0; at < KNOWN_OBJECTS_MAX - 1; at += 1) third.see(`key ${at}`, "1");
  const last = knownObjects(third.stored(), { now: NOW + 2_000, ttlMs: 1e9 });
  expect([last.stateOf("early", "1"), last.stateOf("late", "1")]).toEqual(["new", "same"]);
});
