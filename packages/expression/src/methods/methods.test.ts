import { expect, test } from "vitest";
import { analyse } from "../analysis/analyse.ts";
import { render, valueOf } from "../testing/rendering.ts";

const VARIABLES = { text: "a,b", list: [3, 1], map: { size: 7 }, flag: true, number: 2.5 };

test.each([
  ["methods follow each other and paths", "{{ text.split(',').get(1).toUpperCase() }}", "B"],
  ["names are found in any case", "{{ text.touppercase() }}", "A,B"],
  [
    "brackets may be left out after texts and lists",
    "{{ list.size }} {{ text.length }} {{ text.empty }} {{ list.first }}",
    "2 3 false 3",
  ],
  ["a key of a map is no method, a call is", "{{ map.size }} {{ map.size() }}", "7 1"],
  ["an element goes before a method", "{{ list[0] }} {{ list.get(0) }}", "3 3"],
  ["values of other types have theirs", "{{ flag.toString() ~ (3).equals(3) }} {{ number.intValue() }}", "truetrue 2"],
  [
    "places that there are not are forgiven where absence is",
    "{{ list.get(9) ?? 'none' }} {{ text.foo() ?? 'none' }}",
    "none none",
  ],
  ["a condition takes them", "{% if text.contains(',') and not list.isEmpty() %}yes{% endif %}", "yes"],
  ["a filter goes before", "{{ (text | upper).endsWith('B') }}", "true"],
  ["empty texts are replaced as Java does", "{{ 'ab'.replace('', '-') }}", "-a-b-"],
])("%s", (_name, source, expected) => {
  expect(render(source, VARIABLES)).toBe(expected);
});

test.each([
  ["{{ text.nope() }}", /Unable to find `nope`/],
  ["{{ map.split(',') }}", /Unable to find `split`/],
  ["{{ null.size() }}", /Unable to find `size`/],
  ["{{ text.substring(9) }}", /There is no place 9 in a text of 3 characters/],
  ["{{ text.substring() }}", /The method `substring` needs the argument `begin`/],
  ["{{ text.repeat(100000000) }}", /longer than/],
  ["{{ 'a'.repeat(1000).replace('a', 'b'.repeat(100000)) }}", /longer than/],
])("%s is an error", (source, message) => {
  expect(() => render(source, VARIABLES)).toThrow(message);
});

test("the type of a result is kept", () => {
  expect(valueOf("text.split(',')", VARIABLES)).toEqual(["a", "b"]);
});

test("what a method is called on is a reference, and its arguments are checked", () => {
  const { references, errors } = analyse("{{ outputs.a.value.split(inputs.by) ~ x.trim(1) }}");
  expect(references.map(({ path }) => path)).toEqual([["outputs", "a", "value"], ["inputs", "by"], ["x"]]);
  expect(errors.map(({ message }) => message)).toEqual(["The method `trim` takes no arguments, not 1 arguments"]);
});
