import { expect, test } from "vitest";
import { samplesOf } from "./samples.ts";

const metric = { le: "1" };
const histogram = { count: "2", sum: "3.5", buckets: [[0, "1", "2", "2"]] };

test.each([
  [
    "vector",
    [{ metric, value: [1.5, "2"] }, { value: [1.5, "3"] }],
    [
      ["2", metric],
      ["3", {}],
    ],
  ],
  ["vector", [{ metric, histogram: [1.5, histogram] }], [[JSON.stringify(histogram), metric]]],
  [
    "matrix",
    [{ metric, values: [[1.5, "2"]], histograms: [[1.5, histogram]] }],
    [
      ["2", metric],
      [JSON.stringify(histogram), metric],
    ],
  ],
  ["matrix", [], []],
  ["string", [1.5, "text"], [["text", {}]]],
] as const)("a %s of %j", (resultType, result, expected) => {
  const samples = expected.map(([value, labels]) => ({ labels, timestamp: 1.5, value }));
  expect(samplesOf({ resultType, result })).toEqual(samples);
});

test("a type of result that is not known is told", () => {
  expect(() => samplesOf({ resultType: "streams", result: [] })).toThrow(
    'The result has the type "streams", which is none of vector, matrix, scalar and string. Check that `url` is that of Prometheus.',
  );
});
