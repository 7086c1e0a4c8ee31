import { expect, test } from "vitest";
import { parseSource } from "./parse-document.ts";
import { locatorOf } from "./scalar-offset.ts";
import { textOf } from "./source-node.ts";

/** Finds `@` in the value and answers what stands in the source where it is said to be. */
function locate(source: string): { found: string; expected: number; at: number } {
  const { root } = parseSource(source);
  const node = root?.kind === "map" ? root.entries.get("a")?.value : undefined;
  if (node?.kind !== "scalar") throw new Error("no scalar");
  const at = locatorOf(source, node)(textOf(node)!.indexOf("@"));
  return { found: source[at]!, expected: source.indexOf("@"), at };
}

test.each([
  ["plain", "a: x @ y"],
  ["plain over several lines", "a: x\n   y\n\n   z @ w"],
  ["single quotes", "a: 'it''s @ y'"],
  ["double quotes", String.raw`a: "tab \t quote \" @ y"`],
  ["an escaped character", String.raw`a: "\u00e9\U0001F600 @"`],
  ["an escaped line break", 'a: "x \\\n    y @"'],
  ["double quotes over several lines", 'a: "x\n   y\n   @ z"'],
  ["a literal block", "a: |\n  one\n  two @\n"],
  ["a literal block with blank lines and deeper lines", "a: |2-\n\n    one\n\n      two\n  x @\n"],
  ["a literal block with a comment behind its header", "a: | # why\n  x @\n"],
  ["a folded block", "a: >\n  one\n  two\n\n  three @\n"],
  ["a folded block with deeper lines", "a: >-\n  one\n    deeper\n  two @\n"],
  ["Windows line ends", "a: |\r\n  one\r\n  two @\r\n"],
])("a character is found again in %s", (_name, source) => {
  const { found, expected, at } = locate(source);
  expect(found).toBe("@");
  expect(at).toBe(expected);
});

test("questions about one text are answered alike in any order", () => {
  const source = `a: |\n${"  one @1 two @2\n".repeat(400)}`;
  const { root } = parseSource(source);
  const node = root?.kind === "map" ? root.entries.get("a")?.value : undefined;
  if (node?.kind !== "scalar") throw new Error("no scalar");
  const wanted = Array.from(node.text.matchAll(/@/g), ({ index }) => index);
  const written = Array.from(source.matchAll(/@/g), ({ index }) => index);
  const locate = locatorOf(source, node);
  expect(wanted.toReversed().map(locate)).toEqual(written.toReversed());
  expect(wanted.map(locate)).toEqual(written);
  expect(wanted.toReversed().map(locate)).toEqual(written.toReversed());
});
