import { expect, test } from "vitest";
import { TurnoverMap } from "./turnover-map.ts";

test("it is a map", () => {
  const map = new TurnoverMap<number, string>();
  for (const key of [1, 2, 3]) map.set(key, `first ${key}`);
  map.set(2, "second 2");
  expect([map.get(1), map.get(2), map.get(9), map.size]).toEqual(["first 1", "second 2", undefined, 3]);
  expect([map.delete(1), map.delete(1), map.get(1)]).toEqual([true, false, undefined]);
  map.set(1, "again");
  expect([...map.values()]).toEqual(["second 2", "first 3", "again"]);
  map.clear();
  expect([map.size, map.get(2), [...map.values()]]).toEqual([0, undefined, []]);
});

test("what is deleted during a walk is left out, and what is added comes too", () => {
  const map = new TurnoverMap<number, number>();
  for (const key of [0, 1, 2, 3]) map.set(key, key);
  const seen: number[] = [];
  for (const value of map.values()) {
    seen.push(value);
    map.delete(value);
    if (value === 0) map.delete(1);
    if (value === 2) map.set(7, 7);
  }
  expect(seen).toEqual([0, 2, 3, 7]);
  expect(map.size).toBe(0);
});
