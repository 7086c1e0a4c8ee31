import { expect, test } from "vitest";
import { type Dialect, tokenize } from "./tokenize.ts";

const PLAIN: Dialect = {
  backslashes: false,
  backticks: false,
  brackets: false,
  dollarQuotes: false,
  hashComments: false,
  nestedComments: false,
};
const POSTGRES: Dialect = { ...PLAIN, dollarQuotes: true, nestedComments: true };
const MYSQL: Dialect = { ...PLAIN, backslashes: true, backticks: true, hashComments: true };
const SNOWFLAKE: Dialect = { ...PLAIN, slashComments: true };
const SQLITE: Dialect = { ...PLAIN, backticks: true, brackets: true };

/** What of a source is neither quoted nor a comment, without spaces. */
function codeOf(source: string, dialect: Dialect): readonly string[] {
  return tokenize(source, dialect)
    .filter(({ kind }) => !["space", "comment", "quoted"].includes(kind))
    .map(({ text }) => text);
}

test.each<[string, Dialect, string, readonly string[]]>([
  ["texts", PLAIN, "a 'x;''y' b", ["a", "b"]],
  ["names in quotes", PLAIN, 'a "x;""y" b', ["a", "b"]],
  ["a backslash that is a character", PLAIN, String.raw`'x\' a`, ["a"]],
  ["a backslash that escapes", MYSQL, String.raw`'x\'' a "y\"" b`, ["a", "b"]],
  ["a backslash in an escaped text", POSTGRES, String.raw`E'x\'' a e'\\' b`, ["E", "a", "e", "b"]],
  ["comments to the end of the line", PLAIN, "a -- x\nb --", ["a", "b"]],
  ["two minuses without a space, for MySQL", MYSQL, "a--1\nb -- x\nc # y\nd", ["a", "-", "-", "1", "b", "c", "d"]],
  ["comments behind slashes", SNOWFLAKE, "a // don't; x\nb / c", ["a", "b", "/", "c"]],
  ["slashes that begin no comment", PLAIN, "a // b", ["a", "/", "/", "b"]],
  ["comments", PLAIN, "a /* x /* y */ b", ["a", "b"]],
  ["comments in comments", POSTGRES, "a /* x /* y */ z */ b", ["a", "b"]],
  ["dollar quotes", POSTGRES, "a $$ x; $y$ $$ b $t$ $$ ; $t$ c", ["a", "b", "c"]],
  ["dollars that quote nothing", POSTGRES, "a$b$ $1", ["a$b$", "$", "1"]],
  ["dollars elsewhere", MYSQL, "$$a$$", ["$", "$", "a$$"]],
  ["backticks", MYSQL, "a `x;``y` b", ["a", "b"]],
  ["brackets", SQLITE, "a [x;y] b", ["a", "b"]],
  ["brackets that are an array", POSTGRES, "a[1]", ["a", "[", "1", "]"]],
  ["casts and assignments", POSTGRES, "a::text := :b", ["a", "::", "text", ":=", ":b"]],
  ["slices", POSTGRES, "a[1:n] a[b:c]", ["a", "[", "1", ":", "n", "]", "a", "[", "b", ":", "c", "]"]],
  ["parameters", PLAIN, "(:a,:b_1) = :é", ["(", ":a", ",", ":b_1", ")", "=", ":é"]],
  ["question marks", PLAIN, "? ?? ?", ["?", "??", "?"]],
  ["a text that never ends", PLAIN, "a 'x;", ["a"]],
  ["a comment that never ends", PLAIN, "a /* x;", ["a"]],
  ["a dollar quote that never ends", POSTGRES, "a $$ x;", ["a"]],
])("%s are told apart", (_name, dialect, source, code) => {
  expect(codeOf(source, dialect)).toEqual(code);
  expect(
    tokenize(source, dialect)
      .map(({ text }) => text)
      .join(""),
  ).toBe(source);
});

test("a long text takes no long time", () => {
  const source = `'${"x".repeat(5_000_000)}' a`;
  expect(codeOf(source, MYSQL)).toEqual(["a"]);
});
