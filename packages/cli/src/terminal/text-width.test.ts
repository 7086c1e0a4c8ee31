import { expect, test } from "vitest";
import { cutToWidth, padToWidth, textWidth, withoutControls } from "./text-width.ts";

test.each([
  ["plain", 5],
  ["漢字", 4],
  ["🎉!", 3],
  ["👩‍👩‍👧", 2],
  ["e\u0301a", 2],
  ["\u001B[31mred\u001B[39m", 3],
])("%j takes %d columns", (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test("a text is cut before the character that no longer fits, never within one", () => {
  expect(cutToWidth("漢字漢字", 5)).toBe("漢字…");
  expect(cutToWidth("漢字漢字", 4)).toBe("漢…");
  expect(cutToWidth("short", 5)).toBe("short");
  expect(cutToWidth("short", 0)).toBe("");
});

test("a text is filled by what is seen of it", () => {
  expect(padToWidth("漢", 4)).toBe("漢  ");
  expect(padToWidth("long", 2)).toBe("long");
});

test("what a program wrote can't move the cursor", () => {
  expect(withoutControls("a\u001B[2Jb\r\nc\rd\u0007\te")).toBe("ab\nc\nd\uFFFD\te");
});
