import { expect, test } from "vitest";
import { temporaryFiles } from "../testing/run-command.ts";
import { readInput } from "./input-values.ts";

test.each([
  ["nothing.csv", "there is no such file"],
  [".", "it is a folder"],
])("an input from %s is refused: %s", async (name, reason) => {
  const path = await temporaryFiles();
  await expect(readInput("rows", path(name))).rejects.toThrow(`--input rows: ${path(name)}: ${reason}`);
});
