import type { LogLine } from "@capstan/store";
import { expect, test } from "vitest";
import { createLogBudget } from "./log-budget.ts";

const SIZE = 100;
const line = (number: number): LogLine => ({ time: number, level: "INFO", message: String(number).padEnd(SIZE, ".") });
const numberOf = ({ message }: LogLine) => Number.parseInt(message, 10);

/** Gives a log of so many lines to a budget of four first and two last ones. */
function budgeted(count: number) {
  const budget = createLogBudget({ firstCharacters: 4 * SIZE, lastCharacters: 2 * SIZE });
  const lines = Array.from({ length: count }, (_, index) => line(index + 1));
  return { first: lines.filter((each) => budget.admit(each)).map(numberOf), rest: budget.takeRest() };
}

test("a log within the limit is handed out as it comes", () => {
  expect(budgeted(4)).toEqual({ first: [1, 2, 3, 4], rest: [] });
});

test("lines just over the limit come at the end, with nothing missing", () => {
  const { first, rest } = budgeted(6);
  expect(first).toEqual([1, 2, 3, 4]);
  expect(rest.map(numberOf)).toEqual([5, 6]);
});

test("of a longer log, the last lines follow after the number of those that are missing", () => {
  const { first, rest } = budgeted(1_000);
  expect(first).toEqual([1, 2, 3, 4]);
  expect(rest[0]).toMatchObject({
    level: "WARN",
    time: 999,
    message: expect.stringContaining("994 lines are left out"),
  });
  expect(rest.slice(1).map(numberOf)).toEqual([999, 1_000]);
});

test("one line that is longer than the room for the last ones is kept", () => {
  const budget = createLogBudget({ firstCharacters: SIZE, lastCharacters: SIZE });
  budget.admit({ time: 1, level: "INFO", message: "x".repeat(10 * SIZE) });
  expect(budget.takeRest()).toHaveLength(1);
});

test("empty lines take room as well", () => {
  const budget = createLogBudget({ firstCharacters: SIZE, lastCharacters: SIZE });
  const admitted = Array.from({ length: 50 }, () => budget.admit({ time: 1, level: "INFO", message: "" }));
  expect(admitted.filter(Boolean).length).toBeLessThan(10);
});
