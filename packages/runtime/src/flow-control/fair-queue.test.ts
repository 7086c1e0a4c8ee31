import fc from "fast-check";
import { expect, test } from "vitest";
import { createFairQueue, type FairQueue } from "./fair-queue.ts";

let arrivals = 0;
const at = (path: string, priority = 0, arrival = (arrivals += 1)) => ({ priority, path: path.split("/"), arrival });

function filled(...items: readonly (readonly [string, string, number?])[]): FairQueue<string> {
  const queue = createFairQueue<string>();
  for (const [id, path, priority] of items) queue.push(id, id, at(path, priority));
  return queue;
}

function drained(queue: FairQueue<string>): readonly string[] {
  const taken: string[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) taken.push(next);
  return taken;
}

test("in one group who came first goes first", () => {
  expect(drained(filled(["a", "x"], ["b", "x"], ["c", "x"]))).toEqual(["a", "b", "c"]);
});

test("groups take turns, so that one item does not wait behind a crowd", () => {
  expect(drained(filled(["a1", "a"], ["a2", "a"], ["a3", "a"], ["b1", "b"]))).toEqual(["a1", "b1", "a2", "a3"]);
});

test("turns are taken at each level: a tenant with many namespaces gets no more than one with few", () => {
  const queue = filled(["p1", "t/p"], ["q1", "t/q"], ["p2", "t/p"], ["u1", "u/r"], ["u2", "u/r"]);
  expect(drained(queue)).toEqual(["p1", "u1", "q1", "u2", "p2"]);
});

test("a higher priority goes before all turns", () => {
  expect(drained(filled(["a", "x"], ["b", "y", 5], ["c", "x", -1], ["d", "x", 5]))).toEqual(["b", "d", "a", "c"]);
});

test("who was taken out does not come, and its group does not stand in the way", () => {
  const queue = filled(["a", "x"], ["b", "y"], ["c", "y"]);
  expect([queue.delete("a"), queue.delete("a"), queue.has("a"), queue.size]).toEqual([true, false, false, 2]);
  expect(drained(queue)).toEqual(["b", "c"]);
});

test("an id that waits is not added again", () => {
  const queue = filled(["a", "x"]);
  queue.push("a", "another", at("y", 9));
  expect([queue.size, queue.shift(), queue.shift()]).toEqual([1, "a", undefined]);
});

test("who waited elsewhere before goes before those of its group that came meanwhile", () => {
  const queue = createFairQueue<string>();
  for (const [id, arrival] of [
    ["c", 3],
    ["e", 5],
    ["b", 2],
    ["d", 4],
    ["a", 1],
  ] as const)
    queue.push(id, id, at("x", 0, arrival));
  expect(queue.delete("d")).toBe(true);
  expect(drained(queue)).toEqual(["a", "b", "c", "e"]);
});

test("the order that is told is the order in which they come, whatever came and went before", () => {
  const arrival = fc.integer({ min: 0, max: 20 });
  const item = fc.tuple(fc.constantFrom("t/a", "t/b", "u/a"), fc.integer({ min: -1, max: 1 }), fc.boolean(), arrival);
  fc.assert(
    fc.property(fc.array(item, { maxLength: 30 }), (items) => {
      const queue = createFairQueue<string>();
      for (const [number, [path, priority, takesOne, came]] of items.entries()) {
        queue.push(`${number}`, `${number}`, at(path, priority, came));
        if (takesOne) queue.shift();
      }
      const told = [...queue.values()];
      expect(told).toHaveLength(queue.size);
      expect(told.map((id) => queue.position(id))).toEqual(told.map((_, index) => index + 1));
      expect(queue.position("nobody")).toBe(0);
      expect(drained(queue)).toEqual(told);
    }),
  );
});
