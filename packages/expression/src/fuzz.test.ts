import fc from "fast-check";
import { expect, test } from "vitest";
import type { Environment } from "./environment.ts";
import { ExpressionError } from "./errors.ts";
import type { Parameter } from "./evaluation/definition.ts";
import { filters } from "./filters/registry.ts";
import { functions } from "./functions/registry.ts";
import { tests } from "./predicates/registry.ts";
import { scopeOf } from "./scope.ts";
import { INFIXES } from "./syntax/operators.ts";
import { compile } from "./template.ts";
import { testEnvironment } from "./testing/rendering.ts";
import { Decimal } from "./values/decimal.ts";

const date = Temporal.ZonedDateTime.from("2013-09-08T16:19+02:00[Europe/Paris]");

/** One variable of every kind of value that a scope may hold. */
const variables = {
  nothing: null,
  text: "Été {{ text }} 12,5\n'x'",
  long: "a".repeat(2_000),
  huge: 2n ** 63n,
  decimal: new Decimal(150n, 2),
  infinite: Number.POSITIVE_INFINITY,
  list: [3, "1", null, [1.5], { a: 1 }, true, date],
  map: { a: [1], "b-c": { d: null }, constructor: 1 },
  set: new Set([1, "a"]),
  javaMap: new Map<unknown, unknown>([[1, "a"]]),
  date,
  day: date.toPlainDate(),
  clock: date.toPlainTime(),
  instant: date.toInstant(),
  local: date.toPlainDateTime(),
};

const literals = [
  "0 1 -1 42L 9223372036854775807 0.0 1.5 1000000.0 true false null",
  "'' ' ' 'a' 'aA1' '2024-02-29' '2024-03-31T02:30:00' 'yyyy-MM-dd' 'Europe/Paris' 'fr_FR' 'DAYS' 'MONTHS' 'FLOAT' 'BIGDECIMAL'",
  "'[a-z]+' '(' '$1' '\\\\' '.a[]?' '..' '%s' '%5.1f' '#,##0.00' '{\"a\":[1]}' 'a: [1]' '{a:1}' 'shell' 'LAST' 'MONDAY'",
  "[] {} [1,2] ['b','a'] {'a':1} {'a':'b'} [[1],[2]]",
].flatMap((line) => line.split(/ (?=[^ ])/u));

const { expression } = fc.letrec<{ expression: string; value: string }>((tie) => ({
  value: fc.constantFrom(
    ...literals,
    ...Object.keys(variables),
    "map.a",
    "list[0]",
    "map['b-c'].d",
    "missing",
    "list[9]",
  ),
  expression: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    tie("value"),
    fc.tuple(tie("expression"), filterCall()).map(([input, call]) => `(${input}) | ${call}`),
    functionCall(),
    fc
      .tuple(tie("expression"), fc.constantFrom(...operatorNames()), tie("expression"))
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    fc
      .tuple(tie("expression"), fc.constantFrom(...tests.keys()), fc.boolean())
      .map(([left, name, isNegated]) => `(${left}) is ${isNegated ? "not " : ""}${name}`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a}) ? (${b}) : not (${a})`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `[${a}, {'k': ${b}}, "x#{${a}}"]`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a})[${b}]`),
  ),
}));

function operatorNames(): string[] {
  return [...INFIXES].filter(([, infix]) => infix.kind === "binary").map(([name]) => name);
}

function filterCall(): fc.Arbitrary<string> {
  return fc.constantFrom(...filters.values()).chain(({ name, parameters }) => call(name, parameters));
}

function functionCall(): fc.Arbitrary<string> {
  return fc.constantFrom(...functions.values()).chain(({ name, parameters }) => call(name, parameters));
}

/** A call with values for some of the parameters, by position or by name. */
function call(name: string, parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const value = fc.constantFrom(...literals, ...Object.keys(variables));
  return fc
    .tuple(fc.array(value, { minLength: parameters.length, maxLength: parameters.length }), fc.nat(), fc.boolean())
    .map(([values, count, isNamed]) => {
      const given = values.slice(0, values.length === 0 ? 0 : values.length - (count % (values.length + 1)));
      const isRest = parameters.some((parameter) => parameter.isRest === true);
      const written = given.map((argument, index) =>
        isNamed && !isRest ? `${parameters[index]!.name}=${argument}` : argument,
      );
      return `${name}(${written.join(", ")})`;
    });
}

function outcome(source: string, environment: Environment): unknown {
  try {
    const template = compile(source);
    return [template.render(scopeOf(variables), environment), template.evaluate(scopeOf(variables), environment)];
  } catch (error) {
    return error;
  }
}

test("every expression is evaluated, or fails with an error of the language that knows its place", () => {
  let evaluated = 0;
  let failed = 0;
  fc.assert(
    fc.property(expression, (source) => {
      const environment = testEnvironment({ limits: { steps: 100_000, outputCharacters: 100_000 } });
      const result = outcome(`{{ ${source} }}`, environment);
      if (Array.isArray(result)) {
        evaluated += 1;
        return;
      }
      failed += 1;
      expect(result).toBeInstanceOf(ExpressionError);
      expect((result as ExpressionError).line).toBeGreaterThan(0);
      expect((result as ExpressionError).hint).not.toBe("");
    }),
    { numRuns: 10_000 },
  );
  // Expressions that all fail, or that all are trivial, would show nothing.
  expect(evaluated).toBeGreaterThan(1_000);
  expect(failed).toBeGreaterThan(1_000);
});

test("the scope is never changed", () => {
  const before = structuredClone({ list: variables.list.slice(0, -1), map: variables.map, text: variables.text });
  fc.assert(
    fc.property(expression, (source) => {
      outcome(`{{ ${source} }}`, testEnvironment({ limits: { steps: 20_000, outputCharacters: 20_000 } }));
      expect({ list: variables.list.slice(0, -1), map: variables.map, text: variables.text }).toEqual(before);
    }),
    { numRuns: 2_000 },
  );
});
