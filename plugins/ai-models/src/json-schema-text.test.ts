import { expect, test } from "vitest";
import { isStrict } from "./json-schema-text.ts";

const closed = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };

test.each([
  [closed, true],
  [{ type: "string" }, true],
  [{ type: "array", items: closed }, true],
  [{ type: "object", properties: {}, additionalProperties: false }, true],
  [{ ...closed, additionalProperties: true }, false],
  [{ ...closed, required: [] }, false],
  [{ ...closed, required: undefined }, false],
  [{ type: "object" }, false],
  [{ properties: { a: {} } }, false],
  [{ type: "array", items: { type: "object" } }, false],
  [{ ...closed, properties: { a: { type: "object" } } }, false],
  [{ anyOf: [closed, { type: "object", properties: { b: {} } }] }, false],
])("of %j it is said that it can be followed to the letter: %s", (schema, expected) => {
  expect(isStrict(schema)).toBe(expected);
});
