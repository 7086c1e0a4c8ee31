import { expect, test } from "vitest";
import { median, quantile } from "./benchmark.ts";
import { jsonLine, table } from "./report.ts";

const benchmark = { name: "some", claim: "this is so", run: async () => [] };
const floor = { what: "the machine", value: 200 };

test("quantiles are values that were measured", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(quantile([4, 1, 3, 2], 0.99)).toBe(4);
  expect(quantile([4, 1, 3, 2], 0)).toBe(1);
  expect(() => median([])).toThrow(RangeError);
});

test("a figure is told with its ratio to the floor and with its goal", () => {
  const figure = { what: "rate", value: 50, unit: "/s", floor, goal: { min: 100 } };
  expect(JSON.parse(jsonLine(benchmark, figure))).toEqual({ benchmark: "some", ...figure, ratio: 0.25, met: false });
  expect(table(benchmark, [figure])).toBe(
    "some: this is so\n  rate  50 /s  goal ≥ 100 missed  0.25 × the machine (200 /s)",
  );
});

test("a figure without a floor and a goal stands by itself", () => {
  expect(table(benchmark, [{ what: "time", value: 0.1234, unit: "ms" }])).toBe("some: this is so\n  time  0.12 ms");
});
