import { expect, test } from "vitest";
import { RecentMap } from "./recent-map.ts";

test("holds no more than the limit", () => {
  const map = new RecentMap<number, number>(10);
  for (let key = 0; key < 1000; key += 1) map.set(key, key);
  const held = Array.from({ length: 1000 }, (_, key) => key).filter((key) => map.get(key) !== undefined);
  expect(held.length).toBeLessThanOrEqual(10);
  expect(held).toContain(999);
});

test("what is used stays, however many others come", () => {
  const map = new RecentMap<string, number>(4);
  map.set("used", 1);
  for (let other = 0; other < 100; other += 1) {
    map.set(`other ${other}`, other);
    expect(map.get("used")).toBe(1);
  }
  expect(map.get("other 0")).toBeUndefined();
});

test("the half that was used last is there", () => {
  const map = new RecentMap<number, number>(8);
  for (let key = 0; key < 100; key += 1) {
    map.set(key, key);
    for (let last = Math.max(0, key - 3); last <= key; last += 1) expect(map.get(last)).toBe(last);
  }
});

test("what is replaced or deleted does not come back", () => {
  const map = new RecentMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  map.set("a", 3);
  map.delete("b");
  expect([map.get("a"), map.get("b")]).toEqual([3, undefined]);
  map.delete("a");
  expect(map.get("a")).toBeUndefined();
});
