import fc from "fast-check";
import { expect, test } from "vitest";
import { ELEMENT_CHARACTERS_MAX, jsonElements } from "./json-elements.ts";

async function elementsOf(text: string, size = 1): Promise<unknown[]> {
  async function* pieces() {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  }
  return (await Array.fromAsync(jsonElements(pieces()))).map((line) => JSON.parse(line) as unknown);
}

test.each<[string, unknown[]]>([
  ["", []],
  [" \n", []],
  ["[]", []],
  ["1", [1]],
  ['"a"', ["a"]],
  ["[1, -2.5e3,true ,null]", [1, -2500, true, null]],
  [String.raw`["]", "\"", "\\", "\\\""]`, ["]", '"', "\\", '\\"']],
  ['[{"a":[1,{"b":"}"}]},[],{}]', [{ a: [1, { b: "}" }] }, [], {}]],
  ['{"a":1}{"b":2}\n[3,[4]] 5 "six"', [{ a: 1 }, { b: 2 }, 3, [4], 5, "six"]],
])("%s", async (text, expected) => {
  for (const size of [1, 3, 100]) expect(await elementsOf(text, size)).toEqual(expected);
});

test.each([
  ["[1,]", "in line 1, ] is out of place"],
  ["[,1]", "in line 1, , is out of place"],
  ["[1\n2]", "in line 2, 2 is out of place"],
  ["]", "in line 1, ] is out of place"],
  ["[1", "it ends within a list"],
  ["[1,", "it ends within a list"],
  ['[\n{"a":1', "it ends within value 1 (line 2)"],
  ['"a', "it ends within value 1 (line 1)"],
  ["[1,\n{a:1}]", "The file is no JSON at value 2 (line 2): "],
  ["[1,{]]", "The file is no JSON at value 2 (line 1): "],
  ["[tru]", "The file is no JSON at value 1 (line 1): "],
])("%s is refused", async (text, message) => {
  for (const size of [1, 100]) await expect(elementsOf(text, size)).rejects.toThrow(message);
});

test("any values come out as they went in, however the pieces fall", async () => {
  const values = fc.array(fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown));
  await fc.assert(
    fc.asyncProperty(
      values,
      fc.constantFrom("", " ", "\n  "),
      fc.integer({ min: 1, max: 9 }),
      async (list, indent, size) => {
        expect(await elementsOf(JSON.stringify(list, null, indent), size)).toEqual(list);
      },
    ),
  );
});

test("a value has a greatest length", async () => {
  const countOf = async (length: number) => (await elementsOf(`["${"x".repeat(length - 2)}"]`, 1 << 20)).length;
  expect(await countOf(ELEMENT_CHARACTERS_MAX)).toBe(1);
  await expect(countOf(ELEMENT_CHARACTERS_MAX + 1)).rejects.toThrow(
    `value 1 (line 1), with more than ${ELEMENT_CHARACTERS_MAX} characters`,
  );
});
