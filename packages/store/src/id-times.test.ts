import { idOf } from "@capstan/engine";
import { expect, test } from "vitest";
import { ID_TIMES_END, leastIdAt, timeOfId } from "./id-times.ts";

const TIMES = [0, 61, 62, 1_700_000_000_000, 1_795_651_200_001, 3_521_614_606_207];

test.each(TIMES)("the time %d is found in its ids, which lie between the least of it and of the next", (time) => {
  for (const id of [idOf(time, 0, 0), idOf(time, 62 ** 7 - 1, 62 ** 6 - 1)]) {
    expect(timeOfId(id)).toBe(time);
    expect(id > leastIdAt(time) && id < leastIdAt(time + 1)).toBe(true);
  }
});

test.each(["", "e1", "00V", "01VbwEuie0000000000000", "00VbwEuie000000-0000000", "5DfzOzpMXXEUrHOIcmIhGm"])(
  "the id %j says no time",
  (id) => {
    expect(timeOfId(id)).toBeUndefined();
  },
);

test("times out of range stay in order", () => {
  expect(leastIdAt(-5)).toBe("000000000");
  expect(leastIdAt(62 ** 7)).toBe(ID_TIMES_END);
  expect(leastIdAt(Number.MAX_SAFE_INTEGER)).toBe(ID_TIMES_END);
});
