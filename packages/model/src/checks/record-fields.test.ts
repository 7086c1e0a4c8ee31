import { expect, test } from "vitest";
import { accepted, findings, flowOf, flowWith, theOnly } from "../testing/diagnose.ts";

const object = (...fields: string[]) => flowWith(`inputs: [{id: o, type: OBJECT, properties: [${fields.join(", ")}]}]`);

test("the fields of an OBJECT and of a TABLE are read, and told apart from the inputs of the flow", () => {
  const source = flowWith(`inputs:
  - {id: o, type: OBJECT, properties: [{id: zip, type: INT, min: 1}], defaults: {zip: 3}}
  - {id: t, type: TABLE, columns: [{id: day, type: DATE, required: false}], rows: {min: 1, max: 3}}`);
  const zip = { id: "zip", type: "INT", writtenType: "INT", required: true, min: 1 };
  const day = { id: "day", type: "DATE", writtenType: "DATE", required: false };
  expect(accepted(source).inputs).toEqual([
    { id: "o", type: "OBJECT", writtenType: "OBJECT", required: true, defaults: { zip: 3 }, properties: [zip] },
    { id: "t", type: "TABLE", writtenType: "TABLE", required: true, columns: [day], rows: { min: 1, max: 3 } },
  ]);
});

test.each([
  ["{id: a, type: JSON}", "invalid-type", "a field is one of STRING, INT"],
  ["{id: a, type: SECRET}", "invalid-type", "a field is one of STRING, INT"],
  ["{id: a, type: OBJECT, properties: [{id: b, type: INT}]}", "invalid-type", "a field is one of STRING, INT"],
])("%s is no field", (field, code, hint) => {
  expect(theOnly(code, object(field)).hint).toContain(hint);
});

test.each([
  ["{id: a.b, type: INT}", "`id` can't have a dot within a record"],
  ["{id: a, type: INT}, {id: a, type: DATE}", '`id` "a" is there already'],
  ["{id: a, type: INT, defaults: 1}", "`defaults` can't be of a field: a record is given as a whole"],
  ["{id: a, type: STRING, prefill: x}", "`prefill` can't be of a field: a record is given as a whole"],
  ["{id: a, type: SELECT, values: '{{ vars.x }}'}", "`values` of a field must be a list"],
  ["", "`properties` must have at least one input"],
])("fields %s are refused", (fields, message) => {
  expect(theOnly("invalid-value", object(fields)).message).toBe(message);
});

test("an OBJECT without properties lacks them", () => {
  expect(findings(flowWith("inputs: [{id: o, type: OBJECT}]"))).toEqual(["3:11 missing-property error"]);
});

test("an expression that reads what an OBJECT has not is told, with the nearest", () => {
  const source = flowOf(
    "  - {id: l, type: core.log.Log, message: '{{ inputs.o.zip }} {{ inputs.o }} {{ inputs.o.zap }}'}",
  );
  const { message, hint } = theOnly(
    "unknown-input",
    `${source}inputs: [{id: o, type: OBJECT, properties: [{id: zip, type: INT}]}]\n`,
  );
  expect(message).toContain("o.zap");
  expect(hint).toContain('did you mean "o.zip"?');
});
