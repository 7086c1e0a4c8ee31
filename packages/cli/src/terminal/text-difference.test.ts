import { expect, test } from "vitest";
import { differenceOf, withContext } from "./text-difference.ts";

const shown = (before: string, after: string) => differenceOf(before, after).map(({ mark, text }) => `${mark}${text}`);

test("equal texts have no difference", () => {
  expect(differenceOf("a\nb", "a\nb")).toEqual([]);
});

test("a changed line goes and comes, the others stay", () => {
  expect(shown("a\nb\nc", "a\nx\nc")).toEqual([" a", "-b", "+x", " c"]);
});

test("lines at the beginning and at the end are found", () => {
  expect(shown("b", "a\nb\nc")).toEqual(["+a", " b", "+c"]);
  expect(shown("a\nb\nc", "b")).toEqual(["-a", " b", "-c"]);
});

test("far from a change, lines are left out", () => {
  const before = Array.from({ length: 12 }, (_, line) => String(line));
  const after = before.with(5, "x");
  const lines = withContext(differenceOf(before.join("\n"), after.join("\n")));
  expect(lines.map((line) => (line === "gap" ? "…" : `${line.mark}${line.text}`))).toEqual([
    "…",
    " 2",
    " 3",
    " 4",
    "-5",
    "+x",
    " 6",
    " 7",
    " 8",
    "…",
  ]);
});

test("texts too large to compare are replaced whole, apart from what they begin and end with", () => {
  const lines = (name: string) => Array.from({ length: 5000 }, (_, line) => `${name}${line}`).join("\n");
  const difference = differenceOf(`same\n${lines("a")}\nend`, `same\n${lines("b")}\nend`);
  expect(difference).toHaveLength(10_002);
  expect(difference.slice(0, 2)).toEqual([
    { mark: " ", text: "same" },
    { mark: "-", text: "a0" },
  ]);
});
