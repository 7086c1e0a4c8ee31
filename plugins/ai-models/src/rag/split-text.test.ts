import { expect, test } from "vitest";
import { type Splitting, splitText } from "./split-text.ts";

test.each<[Splitting["splitter"], number, number, string, readonly string[]]>([
  ["RECURSIVE", 100, 0, "Short.", ["Short."]],
  ["RECURSIVE", 12, 0, "One.\n\nTwo.\n\nThree.", ["One.\n\nTwo.", "Three."]],
  ["PARAGRAPH", 20, 0, "A b c. D e f.\n\nG h i. J k l. M n o.", ["A b c. D e f.", "G h i. J k l. M n o."]],
  ["PARAGRAPH", 14, 0, "A b c. D e f. G h i.\n\nJ.", ["A b c. D e f.", "G h i.\n\nJ."]],
  ["LINE", 7, 0, "one\ntwo\nthree", ["one\ntwo", "three"]],
  ["SENTENCE", 12, 0, "One two. Three. Four.", ["One two.", "Three. Four."]],
  ["WORD", 9, 0, "one two  three\nfour", ["one two", "three", "four"]],
  ["WORD", 9, 4, "one two three four five", ["one two", "two three", "four five"]],
  ["WORD", 4, 0, "abcdefghij", ["abcd", "efgh", "ij"]],
  ["WORD", 3, 0, "ab😀😀", ["ab", "😀", "😀"]],
  ["RECURSIVE", 10, 0, " \n\n ", []],
  ["RECURSIVE", 10, 0, "", []],
])("%s cuts into %d characters with %d of the segment before", (splitter, size, overlap, text, segments) => {
  const cut = splitText(text, { splitter, maxSegmentSizeInChars: size, maxOverlapSizeInChars: overlap });
  expect(cut).toEqual(segments);
});

test.each(["RECURSIVE", "PARAGRAPH", "LINE", "SENTENCE", "WORD"] as const)(
  "no segment of %s is longer than it may be, and no word is lost",
  (splitter) => {
    const words = Array.from(
      { length: 400 },
      (_, index) =>
        `word${index}${index % 7 === 0 ? "." : ""}${index % 50 === 0 ? "\n\n" : index % 20 === 0 ? "\n" : ""}`,
    );
    const text = words.join(" ");
    for (const size of [12, 40, 133]) {
      const segments = splitText(text, { splitter, maxSegmentSizeInChars: size, maxOverlapSizeInChars: 10 });
      expect(Math.max(...segments.map(({ length }) => length))).toBeLessThanOrEqual(size);
      const kept = new Set(segments.flatMap((segment) => segment.split(/\s+/)));
      expect(text.split(/\s+/).filter((word) => !kept.has(word))).toEqual([]);
    }
  },
);
