import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyse } from "./analysis/analyse.ts";
import { ExpressionError } from "./errors.ts";
import { CHAIN_LENGTH_MAX, DATA_DEPTH_MAX, LIMITS } from "./limits.ts";
import { scopeOf } from "./scope.ts";
import { compile } from "./template.ts";
import { render, testEnvironment } from "./testing/rendering.ts";

const nested = (open: string, middle: string, close: string, count: number): string =>
  open.repeat(count) + middle + close.repeat(count);

describe("steps", () => {
  test("end an expression that needs one more than allowed", () => {
    const source = "{% for i in 1..10 %}{% endfor %}";
    const needed = 1 + 10 + 10;
    expect(() => render(source, {}, testEnvironment({ limits: { steps: needed } }))).not.toThrow();
    expect(() => render(source, {}, testEnvironment({ limits: { steps: needed - 1 } }))).toThrow(
      `more than ${needed - 1} evaluation steps`,
    );
  });

  test.each([
    "{{ 1..2000000 }}",
    "{{ range(0, 2000000000) }}",
    "{% for a in 1..2000 %}{% for b in 1..2000 %}{% endfor %}{% endfor %}",
    "{{ [1] | jq('[range(10000000)]') }}",
    "{{ [1] | jq('last(repeat(.))') }}",
    String.raw`{% set s = 'a' %}{% for i in 1..12 %}{% set s = s ~ s %}{% endfor %}{{ s | regexMatch('(a+)+\1b') }}`,
    String.raw`{% set s = 'a' %}{% for i in 1..12 %}{% set s = s ~ s %}{% endfor %}{{ s | jq('test("(?=(a+)+b)")') }}`,
  ])("stop %s by default", (source) => {
    expect(() => render(source)).toThrow(`more than ${LIMITS.steps} evaluation steps`);
  });

  test.each([
    "{{ big | upper }}",
    "{{ big == '' }}",
    "{{ big is empty }}",
    "{{ fromJson(big) }}",
    "{{ big ~ '' }}",
    "{{ map | length }}",
    "{{ map == other }}",
    "{{ map | jq('.k1') }}",
    "{{ map | merge({}) | length }}",
    "{{ 'x' isIn map }}",
    "{{ render(map) }}",
  ])("count the size of what %s works on", (source) => {
    const entries = Array.from({ length: 1_000 }, (_, index) => [`k${index}`, index]);
    const [map, other] = [Object.fromEntries(entries), Object.fromEntries(entries)];
    const scope = { big: "9".repeat(1_000_000), map, other };
    const few = testEnvironment({ limits: { steps: 900 } });
    expect(() => render(source, scope, few)).toThrow("more than 900 evaluation steps");
    expect(() => render(source, { big: "9", map: {}, other: {} }, few)).not.toThrow("evaluation steps");
  });

  test("are not forgiven by fallbacks", () => {
    expect(() => render("{{ (1..2000000) ?? 'x' }}")).toThrow(ExpressionError);
    expect(() => render("{{ (1..2000000) is defined }}")).toThrow(ExpressionError);
  });
});

describe("characters", () => {
  test.each(["{{ big | replace({'x': big}) }}", "{{ many | join(big) }}"])(
    "are counted before %s makes more than a text can hold",
    (source) => {
      const scope = { big: "x".repeat(100_000), many: Array.from({ length: 10_000 }, () => "") };
      expect(() => render(source, scope)).toThrow(`longer than ${LIMITS.outputCharacters} characters`);
    },
  );

  const environment = testEnvironment({ limits: { outputCharacters: 100 } });

  test("of the output are counted", () => {
    const scope = { ten: "0123456789" };
    expect(render("{{ ten }}".repeat(10), scope, environment)).toHaveLength(100);
    expect(() => render(`${"{{ ten }}".repeat(10)}x`, scope, environment)).toThrow("longer than 100 characters");
    expect(render("{{ v }}", { v: "x".repeat(100) }, environment)).toHaveLength(100);
    expect(() => render("{{ v }}", { v: "x".repeat(101) }, environment)).toThrow("longer than 100 characters");
  });

  test.each([
    "{% set s = 'ab' %}{% for i in 1..60 %}{% set s = s ~ s %}{% endfor %}",
    "{% set s = 'ab' %}{% for i in 1..60 %}{% set s = s + s %}{% endfor %}",
    '{% set s = "ab" %}{% for i in 1..60 %}{% set s = "#{s}#{s}" %}{% endfor %}',
    "{% set s = 'ab' %}{% for i in 1..60 %}{% set s = s | replace({'a': s}) %}{% endfor %}",
    "{{ 'a' | indent(1000000000) }}{{ ('a' ~ '\n') | nindent(1000000000) }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ 'x' | jq('reduce range(60) as $i (.; . + .)') }}",
  ])("of intermediate texts are counted: %s", (source) => {
    expect(() => render(source, {}, testEnvironment({ limits: { outputCharacters: 1000 } }))).toThrow(ExpressionError);
  });
});

describe("depth", () => {
  test("of brackets is bounded", () => {
    const { depth } = LIMITS;
    expect(render(`{{ ${nested("(", "1", ")", depth - 1)} }}`)).toBe("1");
    expect(() => compile(`{{ ${nested("(", "1", ")", depth + 1)} }}`)).toThrow("nested more than 100 levels deep");
    expect(() => compile(`{{ ${nested("[", "1", "]", 100_000)} }}`)).toThrow("nested more than 100 levels deep");
    expect(() => compile(`{{ ${"- ".repeat(100_000)}1 }}`)).toThrow("nested more than 100 levels deep");
    expect(() => compile(`{{ ${"1 ? 2 : ".repeat(100_000)}1 }}`)).toThrow("nested more than 100 levels deep");
    expect(() => compile(`{{ ${nested('"#{', "1", '}"', 100_000)} }}`)).toThrow("nested more than 100 levels deep");
  });

  test("of tags is bounded", () => {
    expect(render(nested("{% if true %}", "x", "{% endif %}", LIMITS.depth))).toBe("x");
    expect(() => compile(nested("{% if true %}", "x", "{% endif %}", LIMITS.depth + 1))).toThrow("Tags are nested");
    expect(() => compile(nested("{% if true %}", "x", "{% endif %}", 20_000))).toThrow("Tags are nested");
  });

  test("of macros that call themselves is bounded", () => {
    expect(() => render("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")).toThrow("nested more than 100 levels deep");
    expect(() => render("{% macro m(a=m()) %}{% endmacro %}{{ m() }}")).toThrow("nested more than 100 levels deep");
    expect(() => render('{% block "b" %}{{ block("b") }}{% endblock %}')).toThrow("nested more than 100 levels deep");
  });

  test("of data is bounded", () => {
    const deep = (depth: number): unknown => {
      let value: unknown = 1;
      for (let level = 0; level < depth; level += 1) value = [value];
      return value;
    };
    expect(render("{{ v }}", { v: deep(DATA_DEPTH_MAX) })).toHaveLength(2 * DATA_DEPTH_MAX + 1);
    for (const source of [
      "{{ v }}",
      "{{ v | yaml }}",
      "{{ v | toIon }}",
      "{{ v == w }}",
      "{{ v | jq('.') }}",
      "{{ render(v) }}",
    ]) {
      expect(() => render(source, { v: deep(100_000), w: deep(100_000) })).toThrow("nested more than 500 levels deep");
    }
    expect(() => render(`{{ fromIon(v) }}`, { v: nested("[", "1", "]", 100_000) })).toThrow("nested more than 500");
  });
});

describe("length", () => {
  test("of chains is bounded, but generous", () => {
    expect(render(`{{ 1${" + 1".repeat(CHAIN_LENGTH_MAX)} }}`)).toBe(String(CHAIN_LENGTH_MAX + 1));
    expect(() => compile(`{{ 1${" + 1".repeat(CHAIN_LENGTH_MAX + 1)} }}`)).toThrow("operators follow each other");
    expect(() => compile(`{{ a${".b".repeat(100_000)} }}`)).toThrow("operators follow each other");
    expect(() => compile(`{{ a${" | upper".repeat(100_000)} }}`)).toThrow("operators follow each other");
  });

  test("of a source is not", () => {
    expect(render("{{ 1 }}".repeat(20_000))).toHaveLength(20_000);
  });

  // Each of them would take minutes if every opening tag looked through the rest of the source.
  test("of a source of nothing but opening tags is read once", () => {
    expect(render("{% raw %}".repeat(200_000))).toBe("");
    expect(render("{{ render(v) }}", { v: "{% raw %}".repeat(200_000) })).toBe("");
    expect(analyse("{% verbatim %}".repeat(200_000)).errors).toHaveLength(200_000);
    expect(analyse(`${"{% raw %}".repeat(200_000)}\n{% endraw %}`).errors).toEqual([]);
  });
});

describe("random sources", () => {
  const words =
    "{{ }} {% %} {# #} {{- -}} ( ) [ ] { } , . : ? | ~ + - * / % < > = == ?? ??? .. ' \" #{ \\ \n 1 1.5 a b is not null " +
    "if endif else elseif for in endfor set macro endmacro block endblock filter raw endraw verbatim endverbatim " +
    "upper jq('.a') default(1) date render(a) m()";
  const pieces = fc.constantFrom(...words.split(" "));
  const sources = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces).map((list) => list.join(" ")),
  );

  test("are analysed without an exception", () => {
    fc.assert(
      fc.property(sources, (source) => {
        for (const error of analyse(source).errors) {
          expect(error.offset).toBeGreaterThanOrEqual(0);
          expect(error.offset).toBeLessThanOrEqual(source.length);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("render, or fail with an error of the language", () => {
    fc.assert(
      fc.property(sources, (source) => {
        try {
          compile(source).render(
            scopeOf({ a: { b: [1, "x"] }, b: "{{ a }}" }),
            testEnvironment({ limits: { steps: 10_000 } }),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("compile exactly when the analysis finds nothing to read wrongly", () => {
    fc.assert(
      fc.property(sources, (source) => {
        if (analyse(source).errors.length === 0) expect(() => compile(source)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });
});
