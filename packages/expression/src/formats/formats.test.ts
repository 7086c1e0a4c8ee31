import { describe, expect, test } from "vitest";
import { NUMBER_PATTERN_LENGTH_MAX } from "../limits.ts";
import { BoxedFloat } from "../values/boxed-float.ts";
import { formatDecimal } from "./decimal-format.ts";
import { printf } from "./printf.ts";

describe("printf", () => {
  test.each<[string, unknown[], string]>([
    ["%s %S %10s|%-5s|", ["a", "b", "c", "d"], "a B          c|d    |"],
    ["%d %05d %,d %+d % d %(d", [1, -42, 1_234_567, 5, 5, -5], "1 -0042 1,234,567 +5  5 (5)"],
    ["%.2f %8.1f %f %,.2f", [1.005, 2.25, 1.5, 12345.678], "1.01      2.3 1.500000 12,345.68"],
    ["%x %X %o %#x", [255, 255, 8, 255], "ff FF 10 0xff"],
    ["%x", [-1], "ffffffffffffffff"],
    ["%e %.1E %g", [12345.678, 12345.678, 0.5], "1.234568e+04 1.2E+04 0.500000"],
    ["%b %b %c %%%n", [true, null, "x"], "true false x %\n"],
    ["%2$s %1$s", ["a", "b"], "b a"],
    ["%.3s", ["abcdef"], "abc"],
    ["%s %s", [null, { a: 1 }], 'null {"a":1}'],
    ["%.0f %.0f", [0.5, 1.5], "1 2"],
    ["%f", [new BoxedFloat(2)], "2.000000"],
    ["100%", [], "100%"],
  ])("%j of %j", (pattern, values, text) => {
    expect(printf(pattern, values)).toBe(text);
  });

  test.each<[string, unknown[], string]>([
    ["%d", ["x"], '"%d" needs an integer'],
    ["%s", [], 'There is no argument for "%s"'],
    ["%f", ["x"], '"%f" needs a number'],
    ["%q", [1], 'The format "%q" is not known'],
    ["%20000d", [1], "more than 10000 characters"],
  ])("%j of %j is refused", (pattern, values, reason) => {
    expect(() => printf(pattern, values)).toThrow(reason);
  });
});

describe("number patterns", () => {
  test.each<[number | bigint, string, string]>([
    [1234.5, "#,##0.00", "1,234.50"],
    [0, "#.##", "0"],
    [0.001, "#.##", "0"],
    [-0.001, "0.00", "0.00"],
    [2.5, "0", "2"],
    [3.5, "0", "4"],
    [1.005, "0.00", "1.00"],
    [1e21, "#,##0", "1,000,000,000,000,000,000,000"],
    [12345678901234567890n, "#,##0", "12,345,678,901,234,567,890"],
    [0.5, "0%", "50%"],
    [1234567, "0.###E0", "1.235E6"],
    [0.00012, "00.#E0", "12E-5"],
    [5, "$#,##0.00;($#,##0.00)", "$5.00"],
    [-5, "$#,##0.00;($#,##0.00)", "($5.00)"],
    [Number.NaN, "0", "NaN"],
    [Number.NEGATIVE_INFINITY, "0", "-∞"],
  ])("%s by %s → %s", (value, pattern, text) => {
    expect(formatDecimal(value, pattern)).toBe(text);
  });

  test("a bad pattern is refused", () => {
    const longest = `0${"#".repeat(NUMBER_PATTERN_LENGTH_MAX - 1)}`;
    expect(() => formatDecimal(1, longest)).not.toThrow("longer");
    expect(() => formatDecimal(1, `${longest}#`)).toThrow("longer than 1000 characters");
    expect(() => formatDecimal(1, "0.0.0")).toThrow('"0.0.0" is no number pattern');
  });
});
