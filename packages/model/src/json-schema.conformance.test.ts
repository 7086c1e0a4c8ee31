import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkFlow } from "./check-flow.ts";
import type { JsonMap, JsonValue } from "./flow.ts";
import { jsonSchema } from "./json-schema.ts";
import { isJsonMap } from "./json-value.ts";
import { createCatalogue } from "./create-catalogue.ts";
import { flowOf, flowWith } from "./testing/diagnose.ts";
import { permissiveCatalogue } from "./testing/permissive-catalogue.ts";
import { languageCatalogue } from "./types/language-catalogue.ts";

const CORPUS = process.env["CAPSTAN_CORPUS"] ?? "";
const catalogue = permissiveCatalogue();
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(jsonSchema(catalogue));

/** What a validator of JSON Schema says of a flow, as `path message`. */
function refusals(source: string): string[] {
  if (validate(parse(source, { merge: true, uniqueKeys: false }))) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const samples = ["valids", "blueprints"].flatMap((name) => {
  const folder = `${CORPUS}/kestra/${name}`;
  return existsSync(folder)
    ? readdirSync(folder).map((file) => ({ file, source: readFileSync(`${folder}/${file}`, "utf8") }))
    : [];
});

test.skipIf(samples.length === 0)("what the checker accepts, the schema accepts", () => {
  const accepted = samples.filter(({ source }) => checkFlow(source, catalogue).flow !== undefined);
  expect(accepted.length).toBeGreaterThan(300);
  expect(accepted.filter(({ source }) => refusals(source).length > 0).map(({ file }) => file)).toEqual([]);
});

test.each([
  ["a form", "inputs: [{id: f, type: FORM, displayName: Where, inputs: [{id: a, type: ION}]}]"],
  ["`when` of a check", "checks: [{when: '{{ true }}', message: no}]"],
  [
    "a window of dependencies",
    "triggers: [{id: t, type: core.trigger.Flow, dependsOn: [{states: [FAILED]}], window: {deadline: '09:00', timezone: UTC}}]",
  ],
  [
    "a length as window",
    "triggers: [{id: t, type: core.trigger.Flow, dependsOn: [{namespace: n, when: x}], window: PT1H}]",
  ],
  ["`when` of a task", "errors: [{id: e, type: core.log.Log, message: x, when: '{{ true }}'}]"],
])("the schema accepts %s, as the checker does", (_what, part) => {
  expect(checkFlow(flowWith(part), catalogue).flow).toBeDefined();
  expect(refusals(flowWith(part))).toEqual([]);
});

describe("a mistake that a flow is refused for", () => {
  test.each([
    ["an unknown property of the flow", flowWith("lables: {a: b}")],
    ["an unknown property of a task", flowOf("  - {id: l, type: core.log.Log, message: x, mesage: y}")],
    [
      "an unknown property of an old name",
      flowOf("  - {id: l, type: io.kestra.core.tasks.log.Log, message: x, mesage: y}"),
    ],
    ["a missing property", flowOf("  - {id: l, type: core.log.Log}")],
    ["a missing id", flowOf("  - {type: core.log.Log, message: x}")],
    ["no tasks", "id: a\nnamespace: b\n"],
    ["an empty list of tasks", "id: a\nnamespace: b\ntasks: []\n"],
    ["an id with a space", "id: a b\nnamespace: b\ntasks: [{id: l, type: core.log.Log, message: x}]\n"],
    ["a wrong word", flowWith("concurrency: {limit: 1, behavior: queue}")],
    ["a wrong type of value", flowWith("disabled: [true]")],
    ["an unknown type of input", flowWith("inputs: [{id: a, type: STRNG}]")],
    ["a property of another type of input", flowWith("inputs: [{id: a, type: STRING, min: 1}]")],
    ["a retry without interval", flowWith("retry: {type: constant}")],
    [
      "a mistake deep inside",
      flowOf("  - {id: s, type: core.flow.Switch, value: x, cases: {a: [{id: l, type: core.log.Log}]}}"),
    ],
    [
      "a condition's missing property",
      flowWith("triggers: [{id: t, type: core.trigger.Webhook, key: k, conditions: [{type: core.condition.Or}]}]"),
    ],
  ])("%s is refused by the schema as well", (_what, source) => {
    expect(checkFlow(source, catalogue).flow).toBeUndefined();
    expect(refusals(source)).not.toEqual([]);
  });
});

test("types that no plugin provides may have any properties", () => {
  expect(refusals(flowOf("  - {id: l, type: io.kestra.plugin.acme.Do, any: {thing: [1]}}"))).toEqual([]);
});

test("a property that may be left out may be empty", () => {
  expect(refusals(flowWith("labels:\nerrors:\ndisabled:\nconcurrency:\nretry:"))).toEqual([]);
});

test("every property of the language has a title or a description", () => {
  const schema = jsonSchema(createCatalogue(languageCatalogue()));
  const definitions = mapOf(schema["$defs"]);
  const isExplained = (property: JsonValue): boolean => {
    const { title, description, $ref } = mapOf(property);
    const target = typeof $ref === "string" ? definitions[$ref.replace("#/$defs/", "")] : undefined;
    return title !== undefined || description !== undefined || (target !== undefined && isExplained(target));
  };
  const bare = Object.entries({ flow: schema, ...definitions }).flatMap(([owner, definition]) =>
    Object.entries(mapOf(mapOf(definition)["properties"])).flatMap(([name, property]) =>
      isExplained(property) ? [] : [`${owner}.${name}`],
    ),
  );
  expect(bare).toEqual([]);
});

function mapOf(value: JsonValue | undefined): JsonMap {
  return isJsonMap(value) ? value : {};
}
