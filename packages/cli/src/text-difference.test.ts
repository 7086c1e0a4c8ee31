import { expect, test } from "vitest";
import { differenceOf } from "./text-difference.ts";

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
