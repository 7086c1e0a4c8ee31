import { describe, expect, test } from "vitest";
import { filterNames, functionNames } from "../index.ts";
import { analyse } from "./analyse.ts";

const paths = (source: string): string[] =>
  analyse(source).references.map(
    ({ path, guarded }) => `${guarded ? "?" : ""}${path.map((key) => key ?? "*").join(".")}`,
  );

describe("references", () => {
  test.each([
    ["{{ outputs.a.b | upper }}", ["outputs.a.b"]],
    ["{{ outputs['my-task'].value }}", ["outputs.my-task.value"]],
    ["{{ list[0].x }}", ["list.0.x"]],
    ["{{ outputs[taskrun.value].x }}", ["taskrun.value", "outputs.*.x"]],
    ["{{ trigger.date ?? inputs.date }}", ["?trigger.date", "inputs.date"]],
    ["{{ a ??? b }}", ["?a", "b"]],
    ["{{ a.b | default(c) }}", ["?a.b", "c"]],
    ["{{ a is defined and a is null }}", ["?a", "?a"]],
    ["{{ a.b.c is defined ? a.b.d : a.e }}", ["?a.b.c", "?a.b.d", "a.e"]],
    ["{{ a is not defined or a.b }}{{ a.b }}", ["?a", "?a.b", "a.b"]],
    [
      "{% if a.b is defined %}{{ a.b }}{% elseif c %}{{ a.b }}{% endif %}{{ a.b }}",
      ["?a.b", "?a.b", "c", "?a.b", "a.b"],
    ],
    ["{% if a.b ?? false %}{% for x in a.b %}{{ a.b }}{% endfor %}{% endif %}", ["?a.b", "?a.b", "?a.b"]],
    ["{{ (a ~ b) ?? c }}", ["?a", "?b", "c"]],
    ["{% for x in list %}{{ x.a }}{{ loop.index }}{{ y }}{% endfor %}{{ x }}", ["list", "y", "x"]],
    ["{% set v = a %}{{ v }}{{ a }}", ["a", "a"]],
    ["{% macro m(p, q=d) %}{{ p }}{{ q }}{{ r }}{% endmacro %}{{ m(s) }}", ["d", "r", "s"]],
    ["{% macro m(_context) %}{{ _context.a }}{% endmacro %}{{ m(_context) }}", []],
    ["{% set v = a %}{{ _context.v }}{{ _context.b.c }}{{ _context[d] }}", ["a", "?b.c", "d"]],
    ["{{ fromJson(secret).a }}", ["secret"]],
    ['{{ "x #{a.b}" }}', ["a.b"]],
    ["{{ {'k': a, b: [c]} }}", ["a", "b", "c"]],
    ["{{ a ? b : -c }}", ["a", "b", "c"]],
    ["{% if a %}{{ b }}{% elseif c %}{% else %}{{ d }}{% endif %}", ["a", "b", "c", "d"]],
    ["{% filter replace(p) %}{{ a }}{% endfilter %}", ["p", "a"]],
    ["{% block n %}{{ a }}{% endblock %}", ["a"]],
    ["plain", []],
    ["{% raw %}{{ a }}{% endraw %}{% verbatim %}{{ b }}{% endverbatim %}{# {{ c }} #}", []],
  ])("of %s", (source, expected) => {
    expect(paths(source)).toEqual(expected);
  });

  test("tell their places", () => {
    expect(analyse("x {{ a.b }}").references).toEqual([{ path: ["a", "b"], offset: 5, length: 3, guarded: false }]);
    expect(analyse("x {{ a['k'] }}").references).toEqual([{ path: ["a", "k"], offset: 5, length: 6, guarded: false }]);
  });
});

describe("names used", () => {
  test("are listed with their places", () => {
    const { filters, functions, errors } = analyse(
      "{{ secret('a') | upper | nope }}{{ m() }}{% macro m() %}{% endmacro %}",
    );
    expect(filters).toEqual([
      { name: "upper", offset: 17, length: 5 },
      { name: "nope", offset: 25, length: 4 },
    ]);
    expect(functions).toEqual([{ name: "secret", offset: 3, length: 6 }]);
    expect(errors).toEqual([]);
    expect(analyse("{{ a is defined }}{{ b is not evn }}").tests).toEqual([
      { name: "defined", offset: 8, length: 7 },
      { name: "evn", offset: 30, length: 3 },
    ]);
  });

  test("can be compared with the built-in ones", () => {
    expect(filterNames).toContain("upper");
    expect(filterNames).not.toContain("escape");
    expect(functionNames).toContain("now");
    expect(functionNames).not.toContain("secret");
  });
});

describe("errors", () => {
  test("are all reported, each with its place", () => {
    const source = "{{ a + }} {{ ok }} {% if b c %}{{ 'x }}{% endif %} {{ d | abbreviate }} {% nope %} {{ e";
    expect(analyse(source).errors.map(({ message, offset }) => [offset, message])).toEqual([
      [7, "The expression ends where a value is expected"],
      [27, 'Unexpected "c" behind the expression'],
      [34, "The text is never closed"],
      [58, "The filter `abbreviate` needs the argument `length`"],
      [72, 'There is no tag "nope"'],
      [83, 'The expression is never closed by "}}"'],
    ]);
    expect(paths(source)).toEqual(["ok", "d"]);
  });

  test("carry advice where there is some", () => {
    expect(analyse("{{ a && b }}").errors[0]?.hint).toBe("Write `and` instead of `&&`.");
    expect(analyse("{{ a || b }}").errors[0]?.hint).toBe("Write `or` instead of `||`.");
    expect(analyse("{% fro %}").errors[0]?.hint).toContain("Tags are if, for, set");
    expect(analyse("echo ${#names[@]}").errors[0]?.hint).toContain("{% raw %}…{% endraw %}");
  });
});
