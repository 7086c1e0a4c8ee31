import { describe, expect, test } from "vitest";
import { accepted, findings, flowWith, theOnly } from "../testing/diagnose.ts";

const inputs = (...items: string[]) => flowWith(`inputs:\n${items.map((item) => `  - ${item}`).join("\n")}`);

test("older spellings are read as the current ones, each with a note", () => {
  const source = inputs(
    "{name: a, type: BOOLEAN}",
    "{id: b, type: ENUM, values: [x, 1]}",
    "{id: c, type: MULTISELECT, options: [y]}",
  );
  expect(accepted(source).inputs).toEqual([
    { id: "a", type: "BOOL", writtenType: "BOOLEAN", required: true },
    { id: "b", type: "SELECT", writtenType: "ENUM", required: true, values: ["x", "1"] },
    { id: "c", type: "MULTISELECT", writtenType: "MULTISELECT", required: true, values: ["y"] },
  ]);
  expect(findings(source)).toEqual([
    "4:6 deprecated note",
    "4:21 deprecated note",
    "5:19 deprecated note",
    "6:32 deprecated note",
  ]);
});

test("all properties of an input are read", () => {
  const source = inputs(
    "{id: on, type: BOOL, defaults: true}",
    `{id: n, type: INT, min: 1, max: "5", defaults: 3, displayName: N, description: d, dependsOn: {inputs: [on], condition: "{{ inputs.on }}"}}`,
    "{id: d, type: DATE, after: 2023-01-01, required: false, prefill: 2024-01-01}",
  );
  expect(accepted(source).inputs.slice(1)).toEqual([
    {
      id: "n",
      type: "INT",
      writtenType: "INT",
      required: true,
      min: 1,
      max: 5,
      defaults: 3,
      displayName: "N",
      description: "d",
      dependsOn: { inputs: ["on"], condition: "{{ inputs.on }}" },
    },
    { id: "d", type: "DATE", writtenType: "DATE", required: false, after: "2023-01-01", prefill: "2024-01-01" },
  ]);
});

test.each([
  ["no type", "{id: a}", "4:6 missing-property error"],
  ["an unknown type", "{id: a, type: FOO}", "4:19 invalid-type error"],
  ["no id", "{type: STRING}", "4:6 missing-property error"],
  ["a bad regular expression", String.raw`{id: a, type: STRING, validator: \}`, "4:38 invalid-regex error"],
  ["a plain default of a file", "{id: a, type: FILE, defaults: x.csv}", "4:35 invalid-value error"],
  ["an array of unknown items", "{id: a, type: ARRAY}", "4:6 missing-property error"],
  ["an array of arrays", "{id: a, type: ARRAY, itemType: ARRAY}", "4:36 invalid-value error"],
  ["a choice without values", "{id: a, type: SELECT}", "4:6 missing-property error"],
  [
    "a choice with values twice",
    '{id: a, type: SELECT, values: [x], expression: "{{ [1] }}"}',
    "4:52 invalid-value error",
  ],
  ["a bound that is no duration", "{id: a, type: DURATION, min: 5s}", "4:34 invalid-duration error"],
  ["an unknown dependency", "{id: a, type: INT, dependsOn: {inputs: [b]}}", "4:45 input-dependency-missing error"],
  ["itself as dependency", "{id: a, type: INT, dependsOn: {inputs: [a]}}", "4:35 input-dependency-cycle error"],
  [
    "a default that it does not need",
    "{id: a, type: INT, required: false, defaults: 1}",
    "4:51 input-combination warning",
  ],
  ["a default and a suggestion", "{id: a, type: INT, defaults: 1, prefill: 2}", "4:46 input-combination warning"],
  ["a default that is no number", "{id: a, type: INT, defaults: many}", "4:34 invalid-default warning"],
  ["a default above the maximum", "{id: a, type: INT, max: 5, defaults: 6}", "4:42 invalid-default warning"],
  ["a default that can't be chosen", "{id: a, type: SELECT, values: [x], defaults: y}", "4:50 invalid-default warning"],
  ["the place of another one", "{id: a, type: INT}\n  - {id: a.b, type: INT}", "4:10 input-combination warning"],
  ["a range without values", "{id: a, type: INT, min: 5, max: 1}", "4:37 input-combination warning"],
  ["a default that is no JSON", "{id: a, type: JSON, defaults: '{a'}", "4:35 invalid-default warning"],
  ["a default that is no address", "{id: a, type: URI, defaults: here}", "4:34 invalid-default warning"],
  [
    "a default with a wrong item",
    "{id: a, type: ARRAY, itemType: INT, defaults: [1, x]}",
    "4:51 invalid-default warning",
  ],
  ["a default that is no list", "{id: a, type: ARRAY, itemType: INT, defaults: 1}", "4:51 invalid-default warning"],
  [
    "a default on a day that does not exist",
    "{id: a, type: DATE, defaults: 2023-02-29}",
    "4:35 invalid-default warning",
  ],
  ["a default after midnight", "{id: a, type: TIME, defaults: '24:10'}", "4:35 invalid-default warning"],
  ["a default that is no date", "{id: a, type: DATE, defaults: tomorrow}", "4:35 invalid-default warning"],
])("an input with %s", (_what, input, expected) => {
  expect(findings(inputs(input))).toEqual([expected]);
});

test.each([
  '{id: a, type: JSON, defaults: "{\\"a\\": [1]}"}',
  "{id: a, type: JSON, defaults: {a: [1]}}",
  "{id: a, type: ARRAY, itemType: SECRET}",
  "{id: a, type: ARRAY, itemType: INT, defaults: [1, '2']}",
  '{id: a, type: ARRAY, itemType: INT, defaults: "[1]"}',
  "{id: a, type: DATE, defaults: 2024-02-29}",
  "{id: a, type: DATETIME, defaults: 2024-02-29T23:59:59.5Z}",
  "{id: a, type: TIME, defaults: '23:59'}",
  "{id: a, type: URI, defaults: 's3://bucket/key'}",
])("%s has a good default", (input) => {
  expect(findings(inputs(input))).toEqual([]);
});

test("an input of an unknown type is one mistake, wherever it is referred to", () => {
  const source = inputs(
    "{id: a, type: FOO}",
    "{id: b, type: INT, dependsOn: {inputs: [a], condition: '{{ inputs.a }}'}}",
  );
  expect(findings(source)).toEqual(["4:19 invalid-type error"]);
});

test("a default that is an expression is only known at run time", () => {
  expect(findings(inputs('{id: a, type: INT, defaults: "{{ 1 + 1 }}"}'))).toEqual([]);
});

test("constructs of Java's regular expressions are accepted", () => {
  expect(findings(inputs(String.raw`{id: a, type: STRING, validator: '(?i)\A[a-z]++(?>x|y)\p{Alpha}\z'}`))).toEqual([]);
});

test("a circle of dependencies is found at each input in it", () => {
  const source = inputs("{id: a, type: INT, dependsOn: {inputs: [b]}}", "{id: b, type: INT, dependsOn: {inputs: [a]}}");
  expect(findings(source)).toEqual(["4:35 input-dependency-cycle error", "5:35 input-dependency-cycle error"]);
});

test("the messages name input and dependency", () => {
  const source = inputs("{id: first, type: INT}", "{id: a, type: INT, dependsOn: {inputs: [frist]}}");
  const { message, hint } = theOnly("input-dependency-missing", source);
  expect(message).toBe("Input with id 'a' depends on a non-existent input 'frist'.");
  expect(hint).toMatch(/^did you mean "first"\?/);
});

test("outputs of the flow are read", () => {
  const source = flowWith(
    'outputs: [{id: a.b, type: JSON, value: {x: "{{ 1 }}"}, required: false}, {id: c, type: ARRAY, itemType: INT, value: []}]',
  );
  expect(accepted(source).outputs).toEqual([
    { id: "a.b", type: "JSON", value: { x: "{{ 1 }}" }, required: false },
    { id: "c", type: "ARRAY", itemType: "INT", value: [], required: true },
  ]);
});

describe("a form", () => {
  const form = (inputs: string) =>
    `id: a\nnamespace: b\ninputs: [{id: env, type: FORM, displayName: Where, inputs: [${inputs}]}]\ntasks: [{id: t, type: core.log.Log, message: "{{ inputs.env.region }}"}]\n`;

  test("is its inputs under its own id", () => {
    const flow = accepted(
      form("{id: region, type: STRING}, {id: zone, type: SELECT, values: [x], dependsOn: {inputs: [env.region]}}"),
    );
    expect(flow.inputs.map(({ id, type }) => [id, type])).toEqual([
      ["env.region", "STRING"],
      ["env.zone", "SELECT"],
    ]);
  });

  test.each([
    ["another form", "{id: region, type: STRING}, {id: f, type: FORM, inputs: []}", ["3:103 invalid-type error"]],
    ["an input of one id twice", "{id: region, type: STRING}, {id: region, type: INT}", ["3:94 duplicate-input error"]],
    ["an unknown property", "{id: region, type: STRING, mim: 1}", ["3:88 unknown-property error"]],
  ])("can't hold %s", (_what, inputs, expected) => {
    expect(findings(form(inputs))).toEqual(expected);
  });
});

test("the values of a choice may be given by an expression, the newer spelling of `expression`", () => {
  const choice = (more: string) => inputs(`{id: a, type: SELECT, ${more}}`);
  expect(accepted(choice(`values: "{{ kv('sizes') }}"`)).inputs[0]).toEqual({
    id: "a",
    type: "SELECT",
    writtenType: "SELECT",
    required: true,
    expression: "{{ kv('sizes') }}",
  });
  expect(findings(choice(`values: "{{ kv('a') }}", expression: "{{ kv('b') }}"`))).toEqual([
    "4:64 invalid-value error",
  ]);
  expect(findings(choice("values: small"))).toEqual(["4:35 invalid-value error"]);
});

test("the values of a choice are told apart where they have commas", () => {
  const source = inputs("{id: a, type: SELECT, values: ['Low, at night', High], defaults: Low}");
  expect(theOnly("invalid-default", source).message).toContain('must be one of "Low, at night", "High", but is "Low"');
});

test.each([
  ["OBJECT", "write JSON, which takes a map"],
  ["TABLE", "write ARRAY with `itemType: JSON`, one map for each row"],
])("outputs and items can't be of the type %s, and are told what takes the same values", (type, remedy) => {
  const output = flowWith(`outputs: [{id: a, type: ${type}, value: x}]`);
  for (const source of [output, inputs(`{id: a, type: ARRAY, itemType: ${type}}`)])
    expect(theOnly("invalid-type", source).hint).toContain(remedy);
});

test("a type of another edition tells what to write", () => {
  const { hint } = theOnly("invalid-type", flowWith("inputs: [{id: common, type: REUSABLE_INPUTS, group: base}]"));
  expect(hint).toBe("it belongs to Kestra's Enterprise Edition: write the inputs themselves, or a FORM with them");
});

test("a type with the name of something that every object has is unknown like any other", () => {
  expect(theOnly("invalid-type", flowWith("inputs: [{id: a, type: toString}]")).hint).toMatch(/^known: |^did you mean/);
});
