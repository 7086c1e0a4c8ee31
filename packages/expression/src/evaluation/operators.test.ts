import { describe, expect, test } from "vitest";
import { SingleFloat } from "../values/boxed-float.ts";
import { Decimal } from "../values/decimal.ts";
import { expectPrinted, render, valueOf } from "../testing/rendering.ts";

const values = {
  a: 1,
  b: 2,
  nothing: null,
  text: "abc",
  falseText: "false",
  list: [1, 2, 3],
  map: { key: 1, empty: null },
  decimal: new Decimal(110n, 2),
  ten: new Decimal(10n, 0),
  single: new SingleFloat(3.14),
  inputs: { my: 10, "my-id": "dash" },
  id: 4,
};

describe("precedence", () => {
  test.each([
    ["1 + 2 * 3", "7"],
    ["(1 + 2) * 3", "9"],
    ["10 - 4 - 3", "3"],
    ["2 + text | length", "5"],
    ["'a' ~ 'b' | upper", "AB"],
    ["not a == b", "Error: "],
    ["not (a == b)", "true"],
    ["nothing ?? 2 + 3", "5"],
    ["1 + nothing ?? 3", "4"],
    ["a == 1 ? 'yes' : 'no'", "yes"],
    ["a == 2 ? 'x' : b == 2 ? 'y' : 'z'", "y"],
    ["true or false and false", "true"],
    ["1 + 2 == 3 and 2 * 2 == 4", "true"],
    ["-3 | abs", "3"],
    ["-text | length", "Error: `-` needs a number"],
    ["1..3 | length", "3"],
    ["'x' ~ 1 + 2", "x12"],
    ["text is not null and text is defined", "true"],
    ["list contains 2 and true", "true"],
    ["1 + 1 is even", "true"],
    ["inputs.my-id", "6"],
    ["inputs['my-id']", "dash"],
    ["5 % 3 + 1", "3"],
    ["'.[0:' + 3 | string + ']'", ".[0:3]"],
  ])("%s → %s", (expression, printed) => {
    if (expression === "not a == b") expect(render(`{{ ${expression} }}`, values)).toBe("false");
    else expectPrinted(expression, printed, values);
  });
});

describe("arithmetic", () => {
  test.each([
    ["7 / 2", "3"],
    ["-7 / 2", "-3"],
    ["-7 % 3", "-1"],
    ["4.0 / 2", "2.0"],
    ["7 / 2.0", "3.5"],
    ["1.0", "1.0"],
    ["1.0 + 1", "2.0"],
    ["decimal", "1.10"],
    ["decimal + 1", "2.1"],
    ["decimal * 2", "2.20"],
    ["decimal / 3", "0.3666666666666666666666666666666667"],
    ["-decimal / 4", "-0.275"],
    ["ten / 4", "2.5"],
    ["ten % 4", "2.0"],
    ["ten / 0", "Error: 10.0 / 0: a decimal number can't be divided by zero"],
    ["ten == 10 and ten > 9.5 and ten < 11", "true"],
    ["single + 1", "4.1400003"],
    ["single * 2", "6.28"],
    ["0.1 + 0.2", "0.30000000000000004"],
    ["12345678.5", "1.23456785E7"],
    ["0.5 / 1000", "5.0E-4"],
    ["9007199254740993", "9007199254740993"],
    ["9007199254740991 + 2", "9007199254740993"],
    ["9223372036854775807 + 1", "-9223372036854775808"],
    ["4294967296 * 4294967296", "0"],
    ["42L", "42"],
    ["1 / 0", "Error: 1 / 0"],
    ["1.0 / 0", "Infinity"],
    ["1 * 'a'", "Error: `*` needs numbers"],
    ["nothing + 1", "Error: `+` needs numbers"],
    ["+a", "1"],
    ["- -a", "1"],
    ["0 * -1", "0"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));

  test("a literal beyond 64 bits is refused", () => {
    expect(() => render("{{ 9223372036854775808 }}")).toThrow("needs more than 64 bits");
  });
});

describe("joining", () => {
  test.each([
    ["'a' + 1", "a1"],
    ["1 + 'a'", "1a"],
    ["'a' + nothing", "anull"],
    ["'a' ~ nothing ~ 'b'", "ab"],
    ["'v' ~ 1.0 ~ true", "v1.0true"],
    ["list + 4", "[1,2,3,4]"],
    ["list + [4, 5]", "[1,2,3,4,5]"],
    ["list - 2", "[1,3]"],
    ["list - [1, 2]", "[3]"],
    ["'a' ~ list", "a[1,2,3]"],
    ['"a #{a + b} b #{text}"', "a 3 b abc"],
    ["'a #{1}'", "a #{1}"],
    ["1..3", "[1,2,3]"],
    ["'a'..'e'", '["a","b","c","d","e"]'],
    ["3..1", "[]"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));
});

describe("comparison", () => {
  test.each([
    ["1 == 1.0", "true"],
    ["1 == '1'", "false"],
    ["1 != '1'", "true"],
    ["1 equals 1", "true"],
    ["'a' == 'a'", "true"],
    ["[1, {'a': 2}] == [1.0, {'a': 2}]", "true"],
    ["nothing == null", "true"],
    ["nothing == ''", "false"],
    ["true == 'true'", "false"],
    ["2 > 1.5", "true"],
    ["2 >= 2", "true"],
    ["1 < nothing", "false"],
    ["nothing > 1", "false"],
    ["'a' < 'b'", "true"],
    ["'b' <= 'a'", "false"],
    ["'2024-01-10' > '2024-01-09'", "true"],
    ["'10' >= '9'", "false"],
    ["'a' < 1", "Error: `<` compares two numbers or two texts"],
    ["9007199254740993 > 9007199254740992.0", "true"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));
});

describe("membership", () => {
  test.each([
    ["list contains 2", "true"],
    ["list contains '2'", "false"],
    ["list contains [1, 3]", "true"],
    ["list contains [1, 9]", "false"],
    ["list contains []", "true"],
    ["map contains 'key'", "true"],
    ["map contains 'other'", "false"],
    ["text contains 'b'", "true"],
    ["nothing contains 1", "false"],
    ["1 contains 1", "Error: `contains` needs"],
    ["'2' isIn list", "true"],
    ["2 isIn ['2']", "true"],
    ["'key' isIn map", "true"],
    ["1 isIn map", "true"],
    ["nothing isIn list", "false"],
    ["'x' isIn list", "false"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));
});

describe("truth", () => {
  test.each([
    ["'false' ? 1 : 2", "1"],
    ["falseText ? 1 : 2", "1"],
    ["'' ? 1 : 2", "2"],
    ["0 ? 1 : 2", "2"],
    ["0.0 ? 1 : 2", "2"],
    ["nothing ? 1 : 2", "2"],
    ["list ? 1 : 2", "Error: A value of type java.util.ArrayList has no truth value"],
    ["nothing and true", "Error: Null has no truth value in `and`"],
    ["nothing or true", "Error: Null has no truth value in `or`"],
    ["not nothing", "Error: Null has no truth value in `not`"],
    ["false and missing", "false"],
    ["true or missing", "true"],
    ["not ''", "true"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));
});

describe("what is not defined", () => {
  test.each([
    ["missing", "Error: Unable to find `missing` used in the expression `{{ missing }}` at line 1"],
    ["map.other", "Error: Unable to find `other` used in the expression `{{ map.other }}` at line 1"],
    ["list[3]", "Error: Unable to find `3`"],
    ["list[-1]", "Error: Unable to find `-1`"],
    ["map[1]", "Error: Unable to find `1`"],
    ["map.empty.more", "Error: Unable to find `more`"],
    ["map.empty", ""],
    ["list[0]", "1"],
    ["list['1']", "2"],
    ["list.missing", "Error: Unable to find `missing`"],
    ["missing.a.b ?? 'x'", "x"],
    ["map.empty ?? 'x'", "x"],
    ["map.empty ??? 'x'", ""],
    ["missing ??? 'x'", "x"],
    ["map.empty.more ??? 'x'", "x"],
    ["list[9] ?? 'x'", "x"],
    ["map[missing] ?? 'x'", "x"],
    ["(missing | upper) ?? 'x'", "x"],
    ["missing ?? missing2 ?? 'x'", "x"],
    ["missing | default('x')", "x"],
    ["missing.a is defined", "false"],
    ["nothing is defined", "false"],
    ["missing is null", "Error: Unable to find `missing`"],
    ["(1 + nothing) ?? 'x'", "Error: `+` needs numbers"],
    ["('a' * 1) is defined", "false"],
    ["fromJson(nothing) ?? 'x'", "x"],
    ["map.constructor ?? 'x'", "x"],
    ["constructor ?? 'x'", "x"],
    ["map['__proto__'] ?? 'x'", "x"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));

  test.each([
    ["inputs.myid", "Did you mean `my-id`?"],
    ["txt", "Did you mean `text`?"],
    ["map.ky", "Did you mean `key`?"],
    ["dashed.my", "A name can't contain a dash: write `['my-id']`."],
    ["nothing.x", "The value before it is null."],
    ["list[7]", "Check the spelling, or give a fallback: `{{ x ?? 'fallback' }}`."],
    ["text | uper", "Did you mean `upper`?"],
    ["text | now", "It is a function: write `now(…)`."],
    ["nwo()", "Did you mean `now`?"],
    ["upper(text)", "It is a filter: write `… | upper`."],
    ["wholly()", "Check the spelling of the name before `(`."],
  ])("%s is advised: %s", (expression, hint) => {
    const scope = { ...values, dashed: { "my-id": 1 } };
    expect(() => render(`{{ ${expression} }}`, scope)).toThrow(
      expect.objectContaining({ hint, column: expect.any(Number) as number }),
    );
  });

  test.each(["constructor", "prototype", "__proto__", "__defineGetter__", "hasOwnProperty", "toString", "valueOf"])(
    "%s reaches nothing",
    (name) => {
      for (const target of ["text", "list", "map", "1", "1.5", "[]", "{}", "loop", "1.0", "now()", "fetchContext()"]) {
        for (const access of [`${target}.${name}`, `${target}['${name}']`, `(${target}).${name}.${name}`]) {
          expect(() => render(`{% for x in [1] %}{{ ${access} }}{% endfor %}`, values)).toThrow("Unable to find");
        }
      }
      expect(render(`{{ {'${name}': 1} | keys | first }}{{ map contains '${name}' }}`, values)).toBe(`${name}false`);
    },
  );

  test("an error tells the line, and that the keys of a map are texts", () => {
    expect(() => render("a\n{{ map[1] }}", values)).toThrow(
      expect.objectContaining({
        message: "Unable to find `1` used in the expression `a\n{{ map[1] }}` at line 2",
        hint: "The keys of a map are texts: write `['1']`.",
        line: 2,
        column: 8,
      }),
    );
  });
});

describe("literals", () => {
  test.each<[string, unknown]>([
    ["[]", []],
    ["{}", {}],
    ["[1, 'a', true, null, NULL, none, TRUE]", [1, "a", true, null, null, null, true]],
    ["{'a': 1, text: 2}", { a: 1, abc: 2 }],
    ["{'a': {'b': [{}]}}", { a: { b: [{}] } }],
    ["{'__proto__': 1}", JSON.parse('{"__proto__": 1}')],
    [String.raw`'it\'s'`, "it's"],
    [String.raw`"say \"x\""`, 'say "x"'],
    [String.raw`'a\nb'`, String.raw`a\nb`],
    [String.raw`'\''`, "'"],
    [String.raw`"\'"`, String.raw`\'`],
    ["1.5", 1.5],
    ["2.0", 2],
    ["12345678901234567", 12345678901234567n],
  ])("%s", (expression, value) => {
    expect(valueOf(expression, values)).toEqual(value);
  });
});
