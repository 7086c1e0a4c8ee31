import { expect, test } from "vitest";
import { DIAGNOSTICS } from "@capstan/model";
import { errorPage } from "./error-page.ts";

const lines = errorPage().text.split("\n");
const cells = (code: string) =>
  lines
    .find((line) => line.startsWith(`| \`${code}\` `))
    ?.split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
    .slice(1, -1);

test("every code has its line, with severity and remedy", () => {
  expect(Object.keys(DIAGNOSTICS).filter((code) => cells(code) === undefined)).toEqual([]);
  expect(cells("duplicate-key")).toEqual([
    "`duplicate-key`",
    "A key stands twice in one map",
    "error",
    "keep one of the two",
  ]);
  expect(cells("unknown-filter")?.[2]).toBe("error / warning");
});

test("a bar in a remedy does not end its cell", () => {
  expect(cells("UNKNOWN_FILTER")).toHaveLength(3);
});
