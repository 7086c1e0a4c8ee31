import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toPlain } from "../values/maps.ts";
import { readIon } from "./read.ts";
import { ionText } from "./write.ts";

describe("reading Ion", () => {
  test.each<[string, unknown[]]>([
    ["", []],
    ["1 2\n3", [1, 2, 3]],
    ['{a:1,\'b c\':"x","d":true,}', [{ a: 1, "b c": "x", d: true }]],
    ["[1,[2],(a b)]", [[1, [2], ["a", "b"]]]],
    ["null null.string nan", [null, null, Number.NaN]],
    ["1.5 1.5e0 1d2 1.0 -3 0x1F 1_000", [1.5, 1.5, 100, 1, -3, 31, 1000]],
    ["12345678901234567890", [12345678901234567890n]],
    ["2024-01-01T10:00:00.000Z 2024-01-01T 2024-01-01", ["2024-01-01T10:00:00.000Z", "2024-01-01T", "2024-01-01"]],
    ['"a\\"b\\n\\u00e9\\x41"', ['a"b\néA']],
    ["'''long ''' '''text'''", ["long text"]],
    ["// comment\n a /* b */ c", ["a", "c"]],
    ["$ion_1_0 note::{a:1}", [{ a: 1 }]],
    ["{{ aGVsbG8= }}", ["aGVsbG8="]],
    ["{__proto__:1}", [JSON.parse('{"__proto__":1}')]],
  ])("%j", (text, values) => {
    expect(readIon(text).map((value) => toPlain(value))).toEqual(values);
  });

  test.each(["{a:1", "[1 2]", '"open', "{a}", "{:1}", "]", '"\\u00"'])("%j is refused", (text) => {
    expect(() => readIon(text)).toThrow("The text is not Ion");
  });

  test("what is written is read", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(toPlain(readIon(ionText(value))[0]))).toBe(JSON.stringify(value));
      }),
    );
  });
});
