import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REGEX_INSTRUCTIONS_MAX } from "../limits.ts";
import { compileRegex, patternFinder } from "./regex.ts";
import { replaceMatches, splitAtMatches } from "./replace.ts";

const free = (): void => undefined;

function budget(steps: number): (spent: number) => void {
  let rest = steps;
  return (spent) => {
    rest -= spent;
    if (rest < 0) throw new Error("the budget is spent");
  };
}

function firstMatch(pattern: string, text: string, flags = ""): string | undefined {
  const match = compileRegex(pattern, flags).match(text, free);
  return match === undefined ? undefined : text.slice(match.start, match.end);
}

describe("a whole match", () => {
  test.each<[string, string, boolean]>([
    [String.raw`\p{Alpha}+`, "abc", true],
    [String.raw`[\p{Digit}x]+`, "1x2", true],
    [String.raw`\P{Upper}`, "A", false],
    [String.raw`\p{IsAlphabetic}+`, "é", true],
    [String.raw`\p{L}+`, "é", true],
    [String.raw`\pL\p{Lu}\p{IsGreek}`, "aBγ", true],
    ["a*+b", "aaab", true],
    ["a*+ab", "aaab", false],
    ["a{2}+", "aa", true],
    ["a{2,3}", "aaaa", false],
    ["a{,2}", "a{,2}", true],
    [String.raw`\Qa.b\E`, "a.b", true],
    [String.raw`\Qa.b\E`, "axb", false],
    [String.raw`\Qab\E+`, "abb", true],
    [String.raw`\Aab\z`, "ab", true],
    [String.raw`a\Z`, "a", true],
    ["(?i)ab", "AB", true],
    ["a(?i)b", "aB", true],
    ["a(?i)b", "AB", false],
    ["(?i:a)b", "Ab", true],
    ["(?i:a)b", "AB", false],
    ["(?-i)a", "A", false],
    ["(?<year>[0-9]{4})", "2024", true],
    [String.raw`a\-b\_c\@`, "a-b_c@", true],
    [String.raw`[a\-z]`, "-", true],
    ["[a-z&&[^aeiou]]+", "xyz", true],
    ["[a-z&&[^aeiou]]+", "xaz", false],
    ["[a-c[x-z]]+", "axz", true],
    ["[]a]+", "]a", true],
    ["[^a]", "\n", true],
    ["[*+?]+", "*+", true],
    ["[a-]+", "a-", true],
    ["(?>a+)b", "aab", true],
    ["(?>a+)ab", "aab", false],
    ["\\h+", " \t", true],
    ["}", "}", true],
    [".", "\n", false],
    ["(?s).", "\n", true],
    [".", "😀", true],
    [String.raw`\x41\u0042\t\0101`, "AB\tA", true],
    [String.raw`(a)(b)\2\1`, "abba", true],
    [String.raw`(?<x>a)\k<x>`, "aa", true],
    [String.raw`(?i)(a)\1`, "aA", true],
    ["a(?=b)b", "ab", true],
    ["a(?!b).", "ac", true],
    ["a(?!b).", "ab", false],
    ["ab(?<=ab)c", "abc", true],
    ["ab(?<!ab)c", "abc", false],
    ["(?x) a b # comment", "ab", true],
    [String.raw`a\R`, "a\r\n", true],
    ["(a|ab)(c|bcd)", "abcd", true],
    ["(?:a|b)*?c", "abc", true],
    ["(a*)*", "aaa", true],
    ["(?:)*", "", true],
    ["a||b", "", true],
  ])("of %s with %j: %s", (pattern, text, expected) => {
    expect(compileRegex(pattern).matchesWhole(text, free)).toBe(expected);
  });
});

describe("the first match", () => {
  test.each<[string, string, string | undefined]>([
    ["a+", "xaab", "aa"],
    ["a+?", "xaab", "a"],
    ["a|ab", "ab", "a"],
    ["^b", "a\nb", undefined],
    ["(?m)^b", "a\nb", "b"],
    ["a$", "a\n", "a"],
    [String.raw`a\z`, "a\n", undefined],
    ["(?m)a$", "a\nb", "a"],
    [String.raw`\bb\w*`, "ab bc", "bc"],
    [String.raw`\Bb`, "b ab", "b"],
    ["", "abc", ""],
    [String.raw`[^\s,]+`, " ,x y", "x"],
    ["(?<=\\d)x", "ax1x", "x"],
  ])("of %s in %j is %j", (pattern, text, expected) => {
    expect(firstMatch(pattern, text)).toBe(expected);
  });
});

describe("a pattern that can't be read", () => {
  test.each<[string, string]>([
    ["(", '"(" is never closed, at offset 1'],
    [")", '")" closes nothing, at offset 0'],
    ["[a", '"[" is never closed'],
    ["*", "there is nothing to repeat"],
    ["a{2,1}", "can't have at least 2 and at most 1"],
    ["[z-a]", "a range of characters runs backwards"],
    [String.raw`\y`, String.raw`there is no escape "\y"`],
    [String.raw`\p{Nope}`, 'there is no property "Nope"'],
    [String.raw`\1`, "there is no group 1"],
    ["(?<a>x)(?<a>y)", 'the group "a" is defined twice'],
    ["(?<=a*)b", "a look-behind needs a maximum length"],
    ["(?q)a", 'there is no flag "q"'],
    ["a\\", "the pattern ends too early"],
    ["(?", "the group can't be read"],
    ["(".repeat(1000), "groups are nested more than 100 levels deep"],
    ["(?:a{1000}){1000}", `larger than ${REGEX_INSTRUCTIONS_MAX} instructions`],
  ])("%s: %s", (pattern, reason) => {
    expect(() => compileRegex(pattern)).toThrow(reason);
  });
});

test("replacements know groups by number and name", () => {
  const replaced = (pattern: string, replacement: string, text: string): string =>
    replaceMatches(text, compileRegex(pattern), replacement, free, (result) => result);
  expect(replaced("(?<x>a)(b)", String.raw`${"${x}"}-$2-\$1\\`, "ab")).toBe(String.raw`a-b-$1\ `.trim());
  expect(replaced("(a)", "$12", "a")).toBe("a2");
  expect(replaced("(a)|b", "<$1>", "ab")).toBe("<a><>");
  expect(replaced("x*", "-", "axb")).toBe("-a--b-");
  expect(() => replaced("a", "$1", "a")).toThrow("there is no group 1");
  expect(() => replaced("a", "$x", "a")).toThrow("must be followed by the number");
});

test.each<[string, string, number, string[]]>([
  ["a,b,,", ",", 0, ["a", "b"]],
  ["a,b,,", ",", -1, ["a", "b", "", ""]],
  ["a,b,c", ",", 2, ["a", "b,c"]],
  [",a", ",", 0, ["", "a"]],
  ["", ",", 0, [""]],
  ["abc", "", 0, ["a", "b", "c"]],
  ["a1b22c", "[0-9]+", 0, ["a", "b", "c"]],
  ["a.b", ".", 0, []],
  ["abc", "x", 0, ["abc"]],
])("%j split by %j, limit %d", (text, delimiter, limit, pieces) => {
  expect(splitAtMatches(text, compileRegex(delimiter), limit, free)).toEqual(pieces);
});

describe("time", () => {
  const hostile = [
    "(a+)+$",
    "(a|a)*b",
    "(a|aa)+$",
    "(.*)*x",
    "(a*)*b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(?:a?){50}a{50}b",
    "a*a*a*a*a*a*b",
  ];

  test.each(hostile)("of %s stays linear in the text", (pattern) => {
    const text = `${"a".repeat(2_000)}!`;
    // 50 steps of the matcher each: some thousand for each character, whatever the pattern.
    expect(compileRegex(pattern).match(text, budget(200_000))).toBeUndefined();
  });

  test.each(["(a+)+\\1b", "(?=(a+)+b)", "(?:(?>(a|aa)+b)|a)*c", "(?<=(?:a|aa){1,50})x"])(
    "of %s, which can't be linear, is bounded by the budget",
    (pattern) => {
      expect(() => compileRegex(pattern).match("a".repeat(5_000), budget(10_000))).toThrow("the budget is spent");
    },
  );
});

test("both engines agree where both know the notation", () => {
  const atom = fc.constantFrom(
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    "\\w",
    "\\d",
    "(a)",
    "(b|a)",
    "(?:ab|a)",
    "(?=a)",
    "(?!b)",
    "^",
    "\\b",
  );
  const quantifier = fc.constantFrom("", "", "*", "+", "?", "{1,2}", "*?", "+?");
  const pattern = fc
    .array(fc.tuple(atom, quantifier), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.map(([left, right]) => (/^(?:\^|\\b|\(\?[=!])/u.test(left) ? left : left + right)).join(""));
  const text = fc.string({ unit: fc.constantFrom("a", "b", "1", " "), maxLength: 12 });
  fc.assert(
    fc.property(pattern, text, (source, input) => {
      const expected = [...input.matchAll(new RegExp(source, "gu"))].map((match) => [match.index, match[0]]);
      const found = [...compileRegex(source).matchAll(input, free)].map(({ start, end }) => [
        start,
        input.slice(start, end),
      ]);
      expect(found).toEqual(expected);
    }),
    { numRuns: 5_000 },
  );
});

test("any text is read or refused", () => {
  const pieces = fc.constantFrom(
    ..."( ) [ ] { } ? * + | ^ $ . \\ \\d \\Q \\E \\p{L} (?i) (?= (?<= (?<a> (?> && - a 1 , {2} \\1 \\k<a>".split(" "),
  );
  fc.assert(
    fc.property(
      fc.array(pieces).map((list) => list.join("")),
      fc.string(),
      (pattern, text) => {
        try {
          compileRegex(pattern).match(text, budget(10_000));
        } catch (error) {
          expect(String(error)).toMatch(/is no regular expression|the budget is spent/u);
        }
      },
    ),
    { numRuns: 5_000 },
  );
});

describe("a finder", () => {
  test("tells where a match is and what its groups took, from a place on", () => {
    const { find, groupNames } = patternFinder("(?<key>[a-z])=(\\d)?", "i");
    expect(find("A=1 b=")).toEqual({ start: 0, text: "A=1", groups: ["A", "1"] });
    expect(find("A=1 b=", 1)).toEqual({ start: 4, text: "b=", groups: ["b", undefined] });
    expect(find("A=1 b=", 5)).toBeUndefined();
    expect([...groupNames]).toEqual([["key", 1]]);
  });

  test("ends a match that takes too long, each time anew", () => {
    const { find } = patternFinder("^(?=(a+)+\\1$)a");
    for (const text of ["a".repeat(60), "b".repeat(60)].map((line) => `${line}!`)) {
      if (text.startsWith("b")) expect(find(text)).toBeUndefined();
      else expect(() => find(text)).toThrow("takes too long on this text");
    }
  });
});
