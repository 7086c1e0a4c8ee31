import { expect, test } from "vitest";
import { SOURCE_CHARACTERS_MAX, toldSources } from "./retriever.ts";

const source = (content: string) => ({ content, metadata: {} });

test("sources are told with an instruction, and without any nothing is", () => {
  expect(toldSources([source("One"), source("Two")])).toBe("Answer with the help of these sources:\n\nOne\n\nTwo");
  expect(toldSources([])).toBeUndefined();
});

test("sources beyond the limit are left out", () => {
  const room = SOURCE_CHARACTERS_MAX - toldSources([source("")])!.length;
  expect(toldSources([source("a".repeat(room))])).toHaveLength(SOURCE_CHARACTERS_MAX);
  expect(toldSources([source("kept"), source("a".repeat(room))])).toMatch(/kept$/);
});
