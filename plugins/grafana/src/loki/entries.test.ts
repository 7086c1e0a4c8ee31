import { expect, test } from "vitest";
import { entriesOf, inOrderOfTime } from "./entries.ts";

const labels = { app: "api" };

test.each([
  [
    "streams",
    [
      {
        stream: labels,
        values: [
          ["1700000000000000001", "b"],
          ["1700000000000000000", "a"],
        ],
      },
    ],
    [
      { timestamp: "1700000000000000001", labels, line: "b" },
      { timestamp: "1700000000000000000", labels, line: "a" },
    ],
  ],
  [
    "matrix",
    [
      {
        metric: labels,
        values: [
          [1_700_000_000, "1"],
          [1_700_000_000.5, "2"],
        ],
      },
    ],
    [
      { timestamp: "1700000000", labels, value: "1" },
      { timestamp: "1700000000.5", labels, value: "2" },
    ],
  ],
  [
    "vector",
    [{ metric: labels, value: [1_700_000_000.123, "0.5"] }],
    [{ timestamp: "1700000000.123", labels, value: "0.5" }],
  ],
  ["scalar", [1_700_000_000, "2"], [{ timestamp: "1700000000", labels: {}, value: "2" }]],
] as const)("entries of %s", (resultType, result, expected) => {
  expect(entriesOf({ resultType, result })).toEqual(expected);
});

test("a type of result that is not known is told", () => {
  expect(() => entriesOf({ resultType: "string", result: [] })).toThrow(
    'The result has the type "string", which is none of streams, matrix, vector and scalar. Check that `url` is that of Loki.',
  );
});

test("times that no number tells apart are put in order, and lines of one time stay as they are", () => {
  const lines = ["1700000000000000001 a", "999 b", "1700000000000000000 c", "999 d", "1700000000000000002 e"].map(
    (text) => {
      const [timestamp = "", line = ""] = text.split(" ");
      return { timestamp, labels, line };
    },
  );
  const shown = (direction: "FORWARD" | "BACKWARD") =>
    inOrderOfTime(lines, direction)
      .map(({ line }) => line)
      .join("");
  expect(shown("FORWARD")).toBe("bdcae");
  expect(shown("BACKWARD")).toBe("eacbd");
});
