import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExpressionSyntaxError } from "./errors.ts";
import { LazyMap, scopeOf } from "./scope.ts";
import { compile, evaluateDeep, renderDeep, templateCache } from "./template.ts";
import { render, testEnvironment } from "./testing/rendering.ts";
import { toText } from "./values/text.ts";
import { isTruthyText } from "./values/truth.ts";

const values = { a: 1, list: [1, 2], map: { x: 1, y: "b" }, n: null, text: "hi", flag: true, later: "{{ a }}" };

describe("text and delimiters", () => {
  test.each([
    ["plain", "plain"],
    ["{ not } {a}", "{ not } {a}"],
    ["{{ a }}", "1"],
    ["{{a}}{{a}}", "11"],
    ["x {{ a }} y\n", "x 1 y\n"],
    ["a{# comment {{ x }} \n more #}b", "ab"],
    ["a  {{- a -}}  b", "a1b"],
    ["a \n {{- a }} b", "a1 b"],
    ["a {{ a -}} \n b", "a 1b"],
    ["a {%- if flag -%} b {%- endif -%} c", "abc"],
    ["a {# x -#} b", "a b"],
    ["{% if flag %}\nx\n{% endif %}\ny", "\nx\n\ny"],
    ["{% verbatim %}{{ a }}{% if %}{% endverbatim %}", "{{ a }}{% if %}"],
    ["{% verbatim %}\n{{ a }}\n{% endverbatim %}", "\n{{ a }}\n"],
    ["{% raw %}{{ a }}{% endraw %} {{ a }}", "{{ a }} 1"],
    ["{%- raw -%}{{ a }}{%- endraw -%}", "{{ a }}"],
    ["{% raw %}\n{{ a }}\n{% endraw %}", "\n1\n"],
    ["{% raw %}{{ a }}{% endraw %}{% raw %}{{ b }}{% endraw %}", "{{ a }}{{ b }}"],
    ["{{ later }}", "{{ a }}"],
    ["{{ {'a': {'b': 1}}.a.b }}", "1"],
    ["{{ '}}' }}", "}}"],
    ['{{ "%}" }}{{ a }}', "%}1"],
  ])("%j → %j", (source, printed) => {
    expect(render(source, values)).toBe(printed);
  });
});

describe("printing", () => {
  test.each<[string, unknown, string]>([
    ["null", null, ""],
    ["a list", [1, [null, "x"]], '[1,[null,"x"]]'],
    ["a map", { a: { b: true } }, '{"a":{"b":true}}'],
    ["a boolean", false, "false"],
    ["an integer", 42, "42"],
    ["a float", 1.123, "1.123"],
    ["a big integer", 2n ** 70n, "1180591620717411303424"],
    ["a set", new Set([1, 2]), "[1,2]"],
    ["a Map", new Map([["k", 1]]), '{"k":1}'],
    [
      "a date with zone",
      Temporal.ZonedDateTime.from("2013-09-08T16:19:00+02:00[Europe/Paris]"),
      "2013-09-08T16:19+02:00",
    ],
    ["a date with seconds", Temporal.ZonedDateTime.from("2013-09-08T16:19:05[UTC]"), "2013-09-08T16:19:05Z"],
    ["a list of dates", [Temporal.PlainDate.from("2024-01-01")], '["2024-01-01"]'],
  ])("%s", (_, value, printed) => {
    expect(render("{{ v }}", { v: value })).toBe(printed);
    expect(toText(value)).toBe(printed);
  });
});

describe("tags", () => {
  test.each([
    ["{% if a == 2 %}x{% elseif a == 1 %}y{% else %}z{% endif %}", "y"],
    ["{% if a == 2 %}x{% elseif a == 3 %}y{% else %}z{% endif %}", "z"],
    ["{% if 'false' %}x{% endif %}", "x"],
    ["{% for i in list %}{{ i }}{% if not loop.last %},{% endif %}{% endfor %}", "1,2"],
    [
      "{% for i in list %}{{ loop.index }}{{ loop.first }}{{ loop.length }}{{ loop.revindex }} {% endfor %}",
      "0true21 1false20 ",
    ],
    ["{% for e in map %}{{ e.key }}={{ e.value }};{% endfor %}", "x=1;y=b;"],
    ["{% for i in [] %}x{% else %}none{% endfor %}", "none"],
    ["{% for i in n %}x{% else %}none{% endfor %}", ""],
    [
      "{% for i in 1..2 %}{% for j in 1..2 %}{{ i }}{{ j }}{{ loop.index }} {% endfor %}{% endfor %}",
      "110 121 210 221 ",
    ],
    ["{% set x = a + 1 %}{{ x }}", "2"],
    ["{% set a = 5 %}{{ a }}", "5"],
    ["{% set s = 0 %}{% for i in list %}{% set s = s + i %}{% endfor %}{{ s }}", "3"],
    ["{% for i in list %}{% set t = i %}{% endfor %}{{ t ?? 'gone' }}", "gone"],
    ["{% if flag %}{% set t = 1 %}{% endif %}{{ t }}", "1"],
    ["{% set x = null %}{{ x ?? 'n' }}", "n"],
    ["{% macro m(p, q='x') %}[{{ p }}{{ q }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(q=3, p=4) }}", "[1x][12][43]"],
    ["{{ m() }}{% macro m(p) %}<{{ p }}>{% endmacro %}", "<>"],
    ["{% set x = 1 %}{% macro m() %}{{ x ?? 'hidden' }}{{ text }}{% endmacro %}{{ m() }}", "hiddenhi"],
    ["{% set x = 1 %}{% macro m(_context) %}{{ _context.x }}{{ _context.text }}{% endmacro %}{{ m(_context) }}", "1hi"],
    ["{% set x = 1 %}{% macro m(x) %}{{ x }}{{ _context.x }}{% endmacro %}{{ m(2) }}", "21"],
    [
      "{% for i in [1] %}{{ _context.i }}{{ _context.j ?? 'none' }}{{ _context contains 'n' }}{% endfor %}",
      "1nonetrue",
    ],
    ["{% macro down(k) %}{{ k }}{% if k > 0 %}{{ down(k - 1) }}{% endif %}{% endmacro %}{{ down(3) }}", "3210"],
    ["{{ m() | upper }}{% macro m() %}abc{% endmacro %}", "ABC"],
    ['{% block "n" %}<{{ a }}>{% endblock %}{{ block("n") }}', "<1><1>"],
    ["{% block n %}x{% endblock %}", "x"],
    ["{% filter upper %}a{{ text }}{% endfilter %}", "AHI"],
    ["{% filter upper | replace({'A': '-'}) %}abc{% endfilter %}", "-BC"],
  ])("%j → %j", (source, printed) => {
    expect(render(source, values)).toBe(printed);
  });

  test.each([
    ["{% for i in 5 %}{% endfor %}", "A value of type java.lang.Long can't be walked"],
    ["{% if n %}x{% endif %}", "Null has no truth value in `if`"],
    ["{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "The macro `m` has no parameter for every argument given"],
    ["{{ block('missing') }}", "`block` needs the name of a block of this template"],
  ])("%j fails", (source, message) => {
    expect(() => render(source, values)).toThrow(message);
  });

  test("what a failed macro wrote does not reach the output", () => {
    expect(render("a{{ m() ?? 'b' }}c{% macro m() %}lost{{ missing }}{% endmacro %}")).toBe("abc");
  });
});

describe("mistakes in the source", () => {
  test.each<[string, string, number, number]>([
    ["{{ a", 'The expression is never closed by "}}"', 1, 1],
    ["x\n {{ a + }}", "The expression ends where a value is expected", 2, 9],
    ["{{ (a }}", '"(" is never closed', 1, 4],
    ["{{ a) }}", '")" closes nothing', 1, 5],
    ["{{ [1) }}", 'Expected "]", not ")"', 1, 6],
    ["{{ 'a }}", "The text is never closed", 1, 4],
    ["{{ a b }}", 'Unexpected "b" behind the expression', 1, 6],
    ["{{ a = b }}", 'Unexpected "=" behind the expression', 1, 6],
    ["{{ a && b }}", 'Unexpected character "&"', 1, 6],
    ["{{ a.0 }}", 'Expected a name behind ".", not "0"', 1, 6],
    ["{{ a | first.b }}", 'Unexpected "." behind the expression', 1, 13],
    ["{{ f(a=1, 2) }}", "A positional argument can't follow a named one", 1, 11],
    ["{{ }}", "The expression ends where a value is expected", 1, 4],
    ["{{ is }}", 'Expected a value, not the operator "is"', 1, 4],
    ["{% if a %}x", '"{% if %}" is never closed by "{% endif %}"', 1, 1],
    ["x{% endif %}", '"{% endif %}" has no "{% if %}" that it belongs to', 1, 2],
    ["{% include 'x' %}", 'The tag "include" is not available here', 1, 1],
    ["{% fro x %}", 'There is no tag "fro"', 1, 1],
    ["{% %}", "A tag begins with its name", 1, 1],
    ["{# a", 'The comment is never closed by "#}"', 1, 1],
    ["{% for x of y %}{% endfor %}", "Expected `in`", 1, 10],
    ["{% set x %}", 'Expected "=", not the end of the expression', 1, 10],
  ])("%j", (source, message, line, column) => {
    expect(() => compile(source)).toThrow(
      expect.objectContaining({ line, column, message: expect.stringContaining(message) }),
    );
    expect(() => compile(source)).toThrow(ExpressionSyntaxError);
  });

  test("are told with their place and what stands there, of a long line only what is near", () => {
    expect(() => compile("first\n  then {{ 'a }}\nlast")).toThrow(
      "The text is never closed (line 2, column 11: `then {{ 'a }}`)",
    );
    const long = `${"x".repeat(100)}{{ a b }}${"y".repeat(100)}`;
    expect(() => compile(long)).toThrow(`(line 1, column 106: \`…${"x".repeat(35)}{{ a b }}${"y".repeat(56)}…\`)`);
  });

  test("errors at run time tell where they come from", () => {
    expect(() => render("a\n{{ 1 * 'x' }}")).toThrow(expect.objectContaining({ code: "TYPE", line: 2, column: 6 }));
    expect(() => render("{{ 'x' | number }}")).toThrow(expect.objectContaining({ code: "VALUE", offset: 9 }));
  });
});

describe("typed rendering", () => {
  const evaluate = (source: string): unknown => compile(source).evaluate(scopeOf(values), testEnvironment());

  test.each<[string, unknown]>([
    ["{{ list }}", [1, 2]],
    ["{{ a }}", 1],
    ["{{ 1.0 }}", 1],
    ["{{ 9007199254740993 }}", 9007199254740993n],
    ["{{ n }}", null],
    ["{{ flag }}", true],
    ["{{ a }}{{ a }}", "11"],
    ["v{{ a }}", "v1"],
    ["{{ a }} ", "1 "],
    ["plain", "plain"],
    ["{% if flag %}{{ list }}{% endif %}", [1, 2]],
    ["{% if not flag %}x{% endif %}", ""],
    ["{% filter upper %}{{ text }}{% endfilter %}", "HI"],
  ])("%j", (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  test("a map or list can't be joined with text", () => {
    expect(() => evaluate("x {{ list }}")).toThrow("A map or list can't be joined with text");
    expect(() => evaluate("{{ map }} x")).toThrow("A map or list can't be joined with text");
  });
});

describe("rendering deeply", () => {
  test("renders keys and texts, leaves other values, keeps the first of equal keys", () => {
    const value = { "k{{ a }}": ["{{ list }}", { n: 1, b: true, z: null }], k1: "second", "{{ text }}": "x" };
    expect(renderDeep(value, scopeOf(values), testEnvironment())).toEqual({
      k1: ["[1,2]", { n: 1, b: true, z: null }],
      hi: "x",
    });
  });

  test("typed rendering keeps the values of lone expressions", () => {
    expect(evaluateDeep({ "{{ a }}": ["{{ list }}", "v{{ a }}"] }, scopeOf(values), testEnvironment())).toEqual({
      "1": [[1, 2], "v1"],
    });
  });

  test("takes templates from a cache", () => {
    const compiled: string[] = [];
    const cached = (source: string): ReturnType<typeof compile> => {
      compiled.push(source);
      return compile(source);
    };
    renderDeep(["{{ a }}"], scopeOf(values), testEnvironment(), cached);
    expect(compiled).toEqual(["{{ a }}"]);
  });
});

describe("the cache of templates", () => {
  test("forgets the template used longest ago", () => {
    const cached = templateCache(2);
    const [a, b] = [cached("{{ a }}"), cached("{{ b }}")];
    expect(cached("{{ a }}")).toBe(a);
    cached("{{ c }}");
    expect(cached("{{ a }}")).toBe(a);
    expect(cached("{{ b }}")).not.toBe(b);
  });
});

describe("lazy maps", () => {
  class Recorded extends LazyMap {
    readonly reads: string[] = [];
    override get(key: string): unknown {
      this.reads.push(key);
      return key === "missing" ? undefined : { value: key };
    }
    override keys(): string[] {
      return ["a", "b"];
    }
  }

  test.each<[string, string, string[]]>([
    ["{{ outputs.a.value }}", "a", ["a"]],
    ["{{ outputs.missing ?? 'x' }}", "x", ["missing"]],
    ["{{ outputs | keys }}", '["a","b"]', []],
    ["{{ outputs | length }}", "2", []],
    ["{{ outputs }}", '{"a":{"value":"a"},"b":{"value":"b"}}', ["a", "b"]],
    ["{% for e in outputs %}{{ e.key }}{% endfor %}", "ab", []],
    ["{% for e in outputs %}{{ e.value.value }}{% endfor %}", "ab", ["a", "b"]],
    ["{{ outputs | jq('.b.value') }}", '["b"]', ["a", "b"]],
    ["{{ outputs is map }}{{ outputs is empty }}", "truefalse", []],
    ["{{ printContext().outputs.a.value }}", "a", ["a"]],
    ["{{ outputs contains 'a' }}", "true", ["a"]],
    ["{{ true ? 1 : outputs.a }}", "1", []],
  ])("%s reads no more than it needs", (source, printed, reads) => {
    const outputs = new Recorded();
    expect(render(source, { outputs })).toBe(printed);
    expect(outputs.reads).toEqual(reads);
  });

  test("getters that are not read are never called", () => {
    const scope = scopeOf({
      tasks: {
        get boom(): never {
          throw new Error("read");
        },
        fine: 1,
      },
    });
    expect(render("{{ tasks.fine }}", scope)).toBe("1");
  });

  test("come out of typed rendering as plain objects", () => {
    const value = compile("{{ outputs }}").evaluate(scopeOf({ outputs: new Recorded() }), testEnvironment());
    expect(value).toEqual({ a: { value: "a" }, b: { value: "b" } });
    expect(value).not.toBeInstanceOf(LazyMap);
  });
});

describe("scopes", () => {
  test("look up in their parents, and never find inherited properties", () => {
    const scope = scopeOf({ a: 1 }, scopeOf({ a: 2, b: 3 }));
    expect(render("{{ a }}{{ b }}{{ toString ?? '-' }}", scope)).toBe("13-");
    expect([...scope.keys()]).toEqual(["a", "b"]);
  });
});

describe("truth of rendered text", () => {
  test.each<[unknown, boolean]>([
    [null, false],
    ["", false],
    ["false", false],
    ["0", false],
    ["-0", false],
    [false, false],
    [0, false],
    ["0.0", true],
    ["no", true],
    ["{}", true],
    [true, true],
  ])("%j → %s", (rendered, expected) => {
    expect(isTruthyText(rendered)).toBe(expected);
  });
});

describe("properties", () => {
  test("text without delimiters renders to itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(!/\{[{%#]/u.test(text));
        const template = compile(text);
        expect(template.constant).toBe(true);
        expect(template.render(scopeOf({}), testEnvironment())).toBe(text);
      }),
    );
  });

  test("what toJson writes, fromJson reads", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const read = compile("{{ fromJson(v | toJson) }}").evaluate(scopeOf({ v: value }), testEnvironment());
        expect(JSON.stringify(read)).toBe(JSON.stringify(value));
      }),
    );
  });

  test("a rendering leaves the scope as it is", () => {
    const sources = [
      "{{ v | sort }}",
      "{{ v | reverse }}",
      "{% set v = 1 %}{{ v }}",
      "{{ v + [1] }}",
      "{{ v | merge([1]) }}",
    ];
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.constantFrom(...sources), (list, source) => {
        const before = [...list];
        render(source, { v: list });
        expect(list).toEqual(before);
      }),
    );
  });
});
