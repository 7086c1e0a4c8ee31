import { expect, test } from "vitest";
import { line } from "../conformance/fixtures.ts";
import { LOG_ROW_MS_MAX, logRows } from "./log-columns.ts";

const rowsOf = (...times: readonly number[]) =>
  logRows(times.map((time) => line(time, ""))).map(({ count, firstTime, lastTime }) => [count, lastTime - firstTime]);

test.each([
  ["one line", [5], [[1, 0]]],
  ["lines as far apart as a row may span", [0, 7, LOG_ROW_MS_MAX], [[3, LOG_ROW_MS_MAX]]],
  [
    "lines that are further apart",
    [0, 7, LOG_ROW_MS_MAX + 1, LOG_ROW_MS_MAX + 2],
    [
      [2, 7],
      [2, 1],
    ],
  ],
  [
    "a clock that was set back",
    [5_000, 4_000, 3_999],
    [
      [2, 1_000],
      [1, 0],
    ],
  ],
])("%s become rows that span no more than they may", (_what, times, expected) => {
  expect(rowsOf(...times)).toEqual(expected);
});
