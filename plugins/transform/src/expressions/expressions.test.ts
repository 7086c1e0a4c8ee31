import { describe, expect, test } from "vitest";
import { compileExpression, EXPRESSION_DEPTH_MAX } from "./compile.ts";
import { EXPRESSION_CHARACTERS_MAX } from "./tokens.ts";

const RECORD = {
  a: 1,
  b: 2.5,
  text: "abc",
  "first name": "Ann",
  yes: true,
  empty: null,
  user: { id: 7, tags: ["x", "y"], none: [] },
  items: [{ price: 0.1, lines: [{ n: 1 }] }, { price: 0.2, lines: [] }, { price: null }],
  words: ["b", "a"],
  at: "2024-02-01T13:00:00+01:00",
  in: 3,
};

function evaluate(expression: string): unknown {
  return compileExpression(expression)(RECORD);
}

describe("an expression", () => {
  test.each<[string, unknown]>([
    ["a", 1],
    ["user.id", 7],
    ["user.tags[1]", "y"],
    ["user.tags[9]", null],
    ['user["id"]', 7],
    ["items[1].price", 0.2],
    ["items[].price", [0.1, 0.2, null]],
    ["items[].lines[].n", [[1], [], null]],
    ["nowhere", undefined],
    ["nowhere.deeper", undefined],
    ["empty.deeper", null],
    ["constructor", undefined],
    ["1 + 2 * 3 - 4 / 2", 5],
    ["(1 + 2) * 3", 9],
    ["0.1 + 0.2", 0.3],
    ["1.1 * 1.1", 1.21],
    ["0.3 - 0.1", 0.2],
    ["10 / 3", 3.3333333333],
    ["2 / 3", 0.6666666667],
    ["-2 / 3", -0.6666666667],
    ["1 / 0", null],
    ["1e3 + 1e-7", 1000.0000001],
    ["9007199254740991 + 1", 9007199254740992],
    ["-a + - -b", 1.5],
    ["a + empty", null],
    ['a + "2"', 3],
    ["a < b && b <= 2.5", true],
    ['text >= "abd"', false],
    ['"10" < 9', false],
    ["!yes", false],
    ["!empty", null],
    ["empty && nowhere.x", null],
    ["false && text", false],
    ["yes || text", true],
    ["yes && empty", null],
    ["empty == nowhere", true],
    ["empty = null", true],
    ['a == "1"', false],
    ["user.tags != items", true],
    ['text in ("x", "abc")', true],
    ["a in (2, 3) || b in (2.5)", true],
    ["in in (3)", true],
    ['"say \\"hi\\"\\n"', 'say "hi"\n'],
    ["TRUE", true],
    ['toInt("12")', 12],
    ['todecimal("1.50")', 1.5],
    ["toString(b)", "2.5"],
    ['toBoolean("False")', false],
    ["parseTimestamp(at)", "2024-02-01T12:00:00.000Z"],
    ['parseTimestamp(at) < "2024-02-01T12:30:00.000Z"', true],
    ["sum(items[].price)", 0.3],
    ["avg(items[].price)", 0.15],
    ["avg(user.none)", null],
    ["count(items[].price)", 3],
    ["min(items[].price)", 0.1],
    ["max(items[].price)", 0.2],
    ["max(user.none)", null],
    ["sum(empty)", null],
    ["coalesce(empty, nowhere, a)", 1],
    ["coalesce()", null],
    ["concat(text, empty, a)", "abc1"],
  ])("%s", (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  test.each([
    ["", "An expression is empty: name a field in it."],
    ["a b", "The expression a b can't be read: b is one thing too many."],
    ["a +", "The expression a + can't be read: its end is missing."],
    ["a 'x'", "The expression a 'x' can't be read at character 3: texts stand in double quotes."],
    [
      '"x',
      "The expression \"x can't be read at character 1: a text that begins with a quote has no other one at its end.",
    ],
    ["a # b", 'The expression a # b can\'t be read at character 3: "#" means nothing here.'],
    ['"\\x"', 'The expression "\\x" can\'t be read: \\x is no escape; \\" \\\\ \\/ \\n \\r \\t are.'],
    ["(a", "The expression (a can't be read: ) is missing at the end."],
    ["(a b)", "The expression (a b) can't be read: ) is missing before b."],
    ["a.", "The expression a. can't be read: the name of a field is missing behind a dot."],
    [
      "a[0][1]",
      "The expression a[0][1] can't be read: a list within a list has no notation: take one of them at a time.",
    ],
    ["sum()", "The expression sum() can't be read: sum takes 1 argument, not 0."],
    [
      "median(a)",
      "The expression median(a) can't be read: there is no function median: toInt, toDecimal, toString, toBoolean, parseTimestamp, sum, avg, count, min, max, coalesce, concat are those there are.",
    ],
    [
      "constructor(a)",
      "The expression constructor(a) can't be read: there is no function constructor: toInt, toDecimal, toString, toBoolean, parseTimestamp, sum, avg, count, min, max, coalesce, concat are those there are.",
    ],
    ["text + 1", '"abc" is no number'],
    ["text && yes", '"abc" is neither true nor false'],
    ["sum(text)", '"abc" is no list'],
    ["sum(words)", '"b" is no number'],
    ["text.length", 'there is no field length in "abc"'],
    ["a[0]", "the field a is no list but 1"],
    ["parseTimestamp(text)", '"abc" is no time such as 2024-02-01T12:00:00Z'],
    ["1e308 * 10", `A result is larger than a number can be, which is ${Number.MAX_VALUE}`],
  ])("%s is refused", (expression, message) => {
    expect(() => evaluate(expression)).toThrow(message);
  });

  test("may be so deep, and no deeper", () => {
    const nested = (depth: number) => `${"(".repeat(depth)}a${")".repeat(depth)}`;
    expect(evaluate(nested(EXPRESSION_DEPTH_MAX))).toBe(1);
    expect(() => evaluate(nested(EXPRESSION_DEPTH_MAX + 1))).toThrow(`more than ${EXPRESSION_DEPTH_MAX} levels deep`);
    expect(() => evaluate("!".repeat(EXPRESSION_DEPTH_MAX + 1) + "yes")).toThrow("levels deep");
  });

  test("may be so long, and no longer", () => {
    const long = `a${" +1".repeat((EXPRESSION_CHARACTERS_MAX - 1) / 3)}`;
    expect(long).toHaveLength(EXPRESSION_CHARACTERS_MAX);
    expect(evaluate(long)).toBe(1 + (EXPRESSION_CHARACTERS_MAX - 1) / 3);
    expect(() => evaluate(`${long} `)).toThrow(
      `may have ${EXPRESSION_CHARACTERS_MAX} characters, not ${EXPRESSION_CHARACTERS_MAX + 1}`,
    );
  });
});
