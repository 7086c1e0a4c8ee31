import { expect, test } from "vitest";
import { KNOWN_FILES_MAX, knownFiles } from "./known-files.ts";

const HOUR = { now: 0, ttlMs: 3_600_000 };

function withFiles(count: number, before = { seen: "" }, options = { now: 0, ttlMs: 0 }) {
  const known = knownFiles(before, options);
  for (let at = 0; at < count; at += 1) known.see(`/${at}`, "1");
  return known;
}

test("as many files are known as a position has room for, and not one more", () => {
  const stored = withFiles(KNOWN_FILES_MAX).stored();
  expect(stored.seen.length).toBeLessThan(1_000_000);
  expect(knownFiles(stored, HOUR).stateOf(`/${KNOWN_FILES_MAX - 1}`, "1")).toBe("same");
  expect(() => withFiles(KNOWN_FILES_MAX + 1).stored()).toThrow(/^More than 50000 files would have to be remembered\./);
});

test("of more than there is room for, those that are gone for longest are forgotten", () => {
  const first = withFiles(1).stored();
  const second = withFiles(0, first, HOUR).stored();
  const known = knownFiles(second, { now: 1_000, ttlMs: 3_600_000 });
  for (let at = 1; at <= KNOWN_FILES_MAX; at += 1) known.see(`/${at}`, "1");
  expect(knownFiles(known.stored(), { now: 2_000, ttlMs: 3_600_000 }).stateOf("/0", "1")).toBe("new");
});
