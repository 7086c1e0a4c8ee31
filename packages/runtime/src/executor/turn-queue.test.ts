import { expect, test } from "vitest";
import { createTurnQueue, FOLLOWING_MAX } from "./turn-queue.ts";

function takeAll<Turn>(queue: ReturnType<typeof createTurnQueue<Turn>>): Turn[] {
  const taken: Turn[] = [];
  for (let turn = queue.take(); turn !== undefined; turn = queue.take()) taken.push(turn);
  return taken;
}

test("turns that wait are taken in their order, whatever comes meanwhile", () => {
  const queue = createTurnQueue<number>();
  const taken: (number | undefined)[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    queue.push(turn);
    if (turn % 3 === 2) taken.push(queue.take());
    expect(queue.size()).toBe(turn + 1 - taken.length);
  }
  expect([...taken, ...takeAll(queue)]).toEqual(Array.from({ length: 100 }, (_, turn) => turn));
  expect([queue.size(), queue.take()]).toEqual([0, undefined]);
});

test("what follows from a turn goes before those that wait, in its own order", () => {
  const queue = createTurnQueue<string>();
  for (const turn of ["a", "b"]) queue.push(turn);
  expect(queue.take()).toBe("a");
  queue.follow("a1");
  queue.follow("a2");
  expect(queue.take()).toBe("a1");
  queue.follow("a11");
  expect(takeAll(queue)).toEqual(["a2", "a11", "b"]);
});

test("a chain without end lets the others have their turns", () => {
  const queue = createTurnQueue<string>();
  for (const turn of ["chain", "other", "another"]) queue.push(turn);
  const taken = Array.from({ length: 2 * FOLLOWING_MAX + 5 }, () => {
    const turn = queue.take();
    if (turn === "chain") queue.follow("chain");
    return turn;
  });
  expect(taken.indexOf("other")).toBe(FOLLOWING_MAX + 1);
  expect(taken.filter((turn) => turn !== "chain")).toEqual(["other", "another"]);
  expect(queue.size()).toBe(1);
});

test("what is removed is not taken, wherever it waits", () => {
  const queue = createTurnQueue<number>();
  for (const turn of [0, 1, 2, 3]) queue.push(turn);
  queue.take();
  for (const turn of [4, 5]) queue.follow(turn);
  expect(queue.remove((turn) => turn % 2 === 1)).toEqual([5, 1, 3]);
  expect(takeAll(queue)).toEqual([4, 2]);
});
