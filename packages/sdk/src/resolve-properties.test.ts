import type { JsonMap } from "@capstan/model";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  anyMap,
  anyValue,
  deep,
  duration,
  dynamic,
  dynamicMap,
  instant,
  listOrText,
  renderedLater,
  resolveProperties,
  secret,
  text,
  textMap,
} from "./index.ts";
import { variablesRenderer } from "./test-kit.ts";

const renderer = variablesRenderer({
  name: "Ada",
  number: 7,
  wrong: "abc",
  yes: "True",
  nothing: null,
  list: ["a", "b"],
  map: { a: 1 },
  nested: { map: { deep: ["x", { y: true }] } },
  wait: "PT2M",
  date: "2024-03-01T10:00:00.123456789+01:00[Europe/Paris]",
  expression: "{{ name }}",
  token: "s3cret",
});

function resolve(shape: Record<string, z.ZodType>, raw: JsonMap): unknown {
  const result = resolveProperties(z.object(shape), raw, renderer);
  return "error" in result ? result.error : result.properties;
}

describe("text", () => {
  test("is always text, whatever the expression gives", () => {
    const shape = { a: text(), b: text(), c: text(), d: text() };
    expect(resolve(shape, { a: "{{ number }}", b: "{{ map }}", c: "{{ nothing }}", d: 12 })).toEqual({
      a: "7",
      b: '{"a":1}',
      c: "",
      d: "12",
    });
  });

  test("is rendered once: what a variable holds is not rendered again", () => {
    expect(resolve({ a: text() }, { a: "{{ expression }}!" })).toEqual({ a: "{{ name }}!" });
  });

  test("is left alone without a mark", () => {
    expect(resolve({ a: z.string() }, { a: "{{ name }}" })).toEqual({ a: "{{ name }}" });
  });

  test("that the task renders itself is left alone", () => {
    expect(resolve({ a: renderedLater() }, { a: "{{ row.x }}" })).toEqual({ a: "{{ row.x }}" });
  });
});

describe("typed properties", () => {
  const converted: [string, z.ZodType, JsonMap["x"], unknown][] = [
    ["a number", dynamic(z.int()), "{{ number }}", 7],
    ["a number as text", dynamic(z.number()), "1{{ number }}.5", 17.5],
    ["a number as written", dynamic(z.int()), 3, 3],
    ["a boolean in any case", dynamic(z.boolean()), "{{ yes }}", true],
    ["a duration", duration(), "{{ wait }}", 120_000],
    ["a duration as written", duration(), "PT1.5S", 1_500],
    ["a duration in seconds", duration(), 2, 2_000],
    ["a point in time", instant(), "{{ date }}", Date.parse("2024-03-01T09:00:00.123Z")],
    ["one of a few words", dynamic(z.enum(["Ada", "Bob"])), "{{ name }}", "Ada"],
    ["a list from one expression", dynamic(z.array(text())), "{{ list }}", ["a", "b"]],
    ["a list of expressions", dynamic(z.array(text())), ["{{ name }}", 1], ["Ada", "1"]],
    ["a list written as JSON text", dynamic(z.array(text())), '["{{ name }}", "b"]', ["Ada", "b"]],
    ["a list of numbers in expressions", dynamic(z.array(dynamic(z.int()))), ["{{ number }}", 2], [7, 2]],
    ["a map from one expression", textMap(), "{{ map }}", { a: "1" }],
    ["a map with keys and values", textMap(), { "x-{{ name }}": "{{ number }}" }, { "x-Ada": "7" }],
    ["one text where a list may be", listOrText(), "{{ name }}.csv", ["Ada.csv"]],
    ["a list where one text may be", listOrText(), "{{ list }}", ["a", "b"]],
    ["any value with its own type", anyValue(), "{{ nested.map }}", { deep: ["x", { y: true }] }],
    ["any value inside a map", anyValue(), { k: "{{ number }}" }, { k: 7 }],
    ["a union by what fits", dynamic(z.union([z.boolean(), z.int()])), "{{ number }}", 7],
  ];
  test.each(converted)("%s", (_name, schema, written, expected) => {
    expect(schema.safeParse(written).success, "the checker accepts it as written").toBe(true);
    expect(resolve({ x: schema }, { x: written })).toEqual({ x: expected });
  });

  test("an expression that renders to nothing counts as not given", () => {
    const shape = {
      a: dynamic(z.int()).optional(),
      b: dynamic(z.int()).default(5),
      c: dynamic(z.array(text())).optional(),
    };
    expect(resolve(shape, { a: "{{ nothing }}", b: "{{ nothing }}", c: "{{ nothing }}" })).toEqual({ b: 5 });
  });
});

describe("deep maps", () => {
  test("keys and strings at every depth become text, other values stay", () => {
    const written = { "k-{{ name }}": ["{{ number }}", { "{{ name }}": true }], n: 1, missing: null };
    const expected = { "k-Ada": ["7", { Ada: true }], n: 1, missing: null };
    expect(resolve({ x: anyMap() }, { x: written })).toEqual({ x: expected });
    expect(resolve({ x: deep() }, { x: written })).toEqual({ x: expected });
  });

  test("of two keys that render equal the first stays", () => {
    expect(resolve({ x: anyMap() }, { x: { "{{ name }}": 1, Ada: 2 } })).toEqual({ x: { Ada: 1 } });
  });

  test("an expression may render to the whole map", () => {
    expect(resolve({ x: dynamicMap() }, { x: "{{ nested.map }}" })).toEqual({ x: { deep: ["x", { y: true }] } });
  });

  test("an expression that renders to something else is refused", () => {
    expect(resolve({ x: dynamicMap() }, { x: "{{ name }}" })).toContain("Property `x`: expected a map");
  });
});

describe("nested schemas", () => {
  const shape = {
    options: z
      .object({
        auth: z.discriminatedUnion("type", [
          z.object({ type: z.literal("BASIC"), username: text(), password: secret() }),
          z.object({ type: z.literal("BEARER"), token: secret() }),
        ]),
        codes: z.array(dynamic(z.int())).optional(),
      })
      .optional(),
    fields: z.record(z.string(), z.union([text(), z.array(text())])).optional(),
  };

  test("marks inside objects, unions, lists and maps are followed", () => {
    const raw = {
      options: { auth: { type: "BEARER", token: "{{ token }}" }, codes: ["{{ number }}", 404] },
      fields: { a: "{{ name }}", b: ["{{ name }}", "x"] },
    };
    expect(resolve(shape, raw)).toEqual({
      options: { auth: { type: "BEARER", token: "s3cret" }, codes: [7, 404] },
      fields: { a: "Ada", b: ["Ada", "x"] },
    });
  });

  test("an object given by one expression is not rendered again", () => {
    const schema = dynamic(z.object({ a: text() }));
    expect(resolve({ x: schema }, { x: "{{ map }}" })).toEqual({ x: { a: "1" } });
    expect(resolve({ x: schema }, { x: { a: "{{ name }}" } })).toEqual({ x: { a: "Ada" } });
  });

  test("refinements of an object see rendered values", () => {
    const schema = z
      .object({ a: dynamic(z.int()), b: dynamic(z.int()) })
      .refine(({ a, b }) => a < b, "Expected `a` to be less than `b`");
    expect(resolve({ x: schema }, { x: { a: "{{ number }}", b: 9 } })).toEqual({ x: { a: 7, b: 9 } });
    expect(resolve({ x: schema }, { x: { a: "{{ number }}", b: 2 } })).toContain("expected `a` to be less than `b`");
  });
});

describe("problems", () => {
  test("name the property, the reason and the remedy, all at once", () => {
    const shape = { timeout: z.object({ read: dynamic(z.int()) }), on: dynamic(z.boolean()) };
    expect(resolve(shape, { timeout: { read: "{{ wrong }}" }, on: "{{ name }}" })).toBe(
      'Property `timeout.read`: expected a whole number, but got "abc". Write a whole number, or an expression that renders to it.\n' +
        'Property `on`: expected true or false, but got "Ada". Write true or false, or an expression that renders to it.',
    );
  });

  test("a required property that is missing or rendered to nothing is told", () => {
    const expected = "Property `x`: is required, but it is missing or rendered to nothing. Give it a value.";
    expect(resolve({ x: dynamic(z.int()) }, {})).toBe(expected);
    expect(resolve({ x: dynamic(z.int()) }, { x: "{{ nothing }}" })).toBe(expected);
  });

  test("an expression that stays an expression is no value", () => {
    expect(resolve({ x: dynamic(z.int()) }, { x: "{{ expression }}" })).toContain('got "{{ name }}"');
  });

  test("values of one of a few words are listed", () => {
    expect(resolve({ x: dynamic(z.enum(["A", "B"])) }, { x: "{{ name }}" })).toContain(
      'expected one of A, B, but got "Ada"',
    );
  });

  test("a secret never appears", () => {
    const shape = { s: z.object({ key: dynamic(secret()), pin: dynamic(z.int()).meta({ secret: true }) }) };
    const message = resolve(shape, { s: { key: 5, pin: "{{ token }}" } });
    expect(message).not.toContain("s3cret");
    expect(message).toContain("`s.pin`: expected a whole number");
  });

  test("what the renderer throws passes", () => {
    expect(() => resolve({ x: text() }, { x: "{{ unknown }}" })).toThrow("Unable to find `unknown`");
  });
});

test("descriptions keep the marks", () => {
  const described = text().describe("What to say.").optional().describe("Again.");
  expect(resolve({ x: described }, { x: "{{ name }}" })).toEqual({ x: "Ada" });
});

test("an empty property counts as not given", () => {
  expect(resolve({ x: z.string().optional(), y: text().default("y") }, { x: null, y: null })).toEqual({ y: "y" });
});
