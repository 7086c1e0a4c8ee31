import { expect, test } from "vitest";
import { circlesIn } from "./circles.ts";

const graph = (edges: Readonly<Record<string, string>>) =>
  new Map(Object.entries(edges).map(([id, wanted]) => [id, wanted === "" ? [] : wanted.split(" ")]));

test.each([
  ["a chain has none", { a: "b", b: "c", c: "" }, []],
  ["a node that waits for itself is one", { a: "b", b: "b" }, [["b"]]],
  ["what leads to a circle or away from it is not part of it", { a: "b", b: "c", c: "b d", d: "" }, [["b", "c"]]],
  [
    "two are kept apart",
    { a: "b", b: "a c", c: "d", d: "c" },
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  ["circles that share a node are one", { a: "b c", b: "a", c: "a" }, [["a", "b", "c"]]],
  ["a node that does not exist is ignored", { a: "nothing", b: "nothing b" }, [["b"]]],
  ["two ways to the same node are no circle", { a: "b c", b: "d", c: "d", d: "" }, []],
])("%s", (_what, edges, expected) => {
  expect(circlesIn(graph(edges))).toEqual(expected);
});

test("a circle of very many nodes is found", () => {
  const size = 20_000;
  const ring = new Map(Array.from({ length: size }, (_, index) => [`${index}`, [`${(index + 1) % size}`]]));
  expect(circlesIn(ring)[0]).toHaveLength(size);
});
