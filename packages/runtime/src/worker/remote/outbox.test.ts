import { expect, test } from "vitest";
import { createInbox, createSettlements } from "./inbox.ts";
import { createOutbox } from "./outbox.ts";

const numbers = (text: string | undefined) =>
  (text ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { n: number; m: string }).n);

test("messages leave once, in order, until the other end says that some are missing", () => {
  const outbox = createOutbox();
  for (const message of ["a", "b", "c"]) outbox.push(message);
  expect(numbers(outbox.take(1_000))).toEqual([1, 2, 3]);
  expect([outbox.take(1_000), outbox.hasUnsent]).toEqual([undefined, false]);
  outbox.resume(1);
  expect(numbers(outbox.take(1_000))).toEqual([2, 3]);
});

test("a batch has at least one message, and no further one once it has its characters", () => {
  const outbox = createOutbox();
  for (const size of [50, 50, 50]) outbox.push("x".repeat(size));
  expect(numbers(outbox.take(1))).toEqual([1]);
  expect(numbers(outbox.take(70))).toEqual([2, 3]);
});

test("what is settled is told once and is not sent again", () => {
  const outbox = createOutbox();
  const told: string[] = [];
  for (const message of ["a", "b", "c"]) outbox.push(message, { settled: () => told.push(message) });
  outbox.take(1_000);
  outbox.settle(3, 3);
  outbox.settle(1, 1);
  outbox.settle(1, 3);
  outbox.resume(0);
  expect([told, numbers(outbox.take(1_000))]).toEqual([["c", "a", "b"], []]);
});

test("somebody else at the other end gets what was not settled, numbered anew, without what was dropped", () => {
  const outbox = createOutbox();
  const dropped: string[] = [];
  for (const key of ["a", "b", "c"]) outbox.push(key, { key, settled: () => dropped.push(key) });
  outbox.take(1_000);
  outbox.settle(1, 1);
  outbox.restart((key) => key !== "b");
  expect(outbox.take(1_000)).toBe('{"n":1,"m":"c"}\n');
  expect(dropped).toEqual(["a", "b"]);
  outbox.push("d");
  expect(outbox.take(1_000)).toBe('{"n":2,"m":"d"}\n');
});

test("a message that comes twice counts once, and one from behind a gap does not count", () => {
  const inbox = createInbox();
  expect([1, 1, 3, 2, 3].map((number) => inbox.take(number))).toEqual([true, false, false, true, true]);
  expect(inbox.received).toBe(3);
});

test("settlements are told as rows, and all of them again after a cut", () => {
  const settlements = createSettlements();
  for (const number of [1, 2, 5, 3]) settlements.add(number);
  expect([settlements.take(), settlements.take()]).toEqual([
    [
      [1, 3],
      [5, 5],
    ],
    undefined,
  ]);
  settlements.add(4);
  settlements.tellAgain();
  expect(settlements.take()).toEqual([[1, 5]]);
});
