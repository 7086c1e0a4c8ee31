import { expect, test } from "vitest";
import { table } from "./generated-page.ts";

test("a table keeps its columns in line, and a bar in a cell is no border", () => {
  expect(table(["a", "long"], [["x|y", "z\n"]])).toBe("| a    | long |\n| ---- | ---- |\n| x\\|y | z    |");
});
