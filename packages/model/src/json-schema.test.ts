import { expect, test } from "vitest";
import { z } from "zod";
import type { JsonMap, JsonValue } from "./flow.ts";
import { jsonSchema } from "./json-schema.ts";
import { isJsonMap } from "./json-value.ts";
import { dynamic, secret, text } from "./properties.ts";
import { permissiveCatalogue } from "./testing/permissive-catalogue.ts";

const upload = {
  type: "io.kestra.plugin.aws.s3.Upload",
  aliases: ["io.kestra.plugin.old.Upload"],
  element: "task",
  title: "Upload a file",
  description: "To a bucket.",
  deprecated: "Use Put.",
  properties: z.object({
    bucket: text().describe("Where to"),
    secretKey: secret().optional(),
    partSize: dynamic(z.int()).optional(),
    taskRunner: z.looseObject({ type: z.string() }).optional(),
    options: z.object({ deep: z.boolean().optional() }).optional(),
  }),
} as const;

const schema = jsonSchema(permissiveCatalogue([upload]));

function at(...path: string[]): JsonValue | undefined {
  let value: JsonValue | undefined = schema;
  for (const step of path) value = isJsonMap(value) ? value[step] : undefined;
  return value;
}

test("the document itself is described", () => {
  expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
  expect(schema["required"]).toEqual(["id", "namespace", "tasks"]);
  expect(schema["additionalProperties"]).toBe(false);
  expect(at("properties", "tasks")).toMatchObject({ type: "array", items: { $ref: "#/$defs/task" }, minItems: 1 });
  expect(at("properties", "inputs")).toMatchObject({ type: ["array", "null"], items: { $ref: "#/$defs/input" } });
  expect(at("properties", "taskDefaults", "deprecated")).toBe(true);
});

test("a task's properties follow from its type, under each of its names", () => {
  const branches = at("$defs", "task", "allOf");
  const names = ["io.kestra.plugin.aws.s3.Upload", "aws.s3.Upload", "io.kestra.plugin.old.Upload"];
  expect(branches).toContainEqual({
    if: { properties: { type: { enum: names } }, required: ["type"] },
    // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
    then: { $ref: "#/$defs/io.kestra.plugin.aws.s3.Upload" },
  });
});

test("a type has its own and the common properties, and no others", () => {
  const definition = at("$defs", upload.type);
  expect(definition).toMatchObject({
    title: "Upload a file",
    description: "To a bucket.",
    deprecated: true,
    type: "object",
    required: ["id", "type", "bucket"],
    additionalProperties: false,
  });
  expect(at("$defs", upload.type, "properties", "bucket")).toMatchObject({
    description: "Where to",
    "x-capstan-dynamic": "text",
  });
  expect(at("$defs", upload.type, "properties", "retry")).toEqual({ $ref: "#/$defs/common.task.retry" });
  expect(at("$defs", "common.task.retry", "anyOf")).toEqual([{ $ref: "#/$defs/retry" }, { type: "null" }]);
  expect(at("$defs", upload.type, "properties", "taskRunner", "anyOf")).toContainEqual({ $ref: "#/$defs/taskRunner" });
  expect(at("$defs", upload.type, "properties", "options", "additionalProperties")).toBe(false);
  expect(at("$defs", upload.type, "properties", "partSize", "anyOf")).toHaveLength(3);
});

test("lists of tasks, inputs and conditions inside a type lead back to their definitions", () => {
  const FLOW = "io.kestra.plugin.core.flow.";
  expect(at("$defs", `${FLOW}If`, "properties", "then")).toMatchObject({
    type: ["array", "null"],
    items: { $ref: "#/$defs/task" },
    minItems: 1,
  });
  expect(at("$defs", `${FLOW}Switch`, "properties", "cases", "additionalProperties", "items")).toEqual({
    $ref: "#/$defs/task",
  });
  expect(at("$defs", `${FLOW}Dag`, "properties", "tasks", "items")).toEqual({ $ref: "#/$defs/dagTask" });
  expect(at("$defs", `${FLOW}Pause`, "properties", "onPause", "anyOf")).toContainEqual({ $ref: "#/$defs/task" });
  expect(at("$defs", `${FLOW}Pause`, "properties", "onResume", "items")).toEqual({ $ref: "#/$defs/input" });
  expect(at("$defs", "io.kestra.plugin.core.condition.Or", "properties", "conditions", "items")).toEqual({
    $ref: "#/$defs/condition",
  });
});

test("every reference has a target, and no mark of the checker is left", () => {
  const targets = new Set(Object.keys(schema["$defs"] as JsonMap).map((name) => `#/$defs/${name}`));
  const visit = (value: JsonValue): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (!isJsonMap(value)) return;
    if (typeof value["$ref"] === "string") expect(targets).toContain(value["$ref"]);
    expect(Object.keys(value)).not.toContain("renamedTo");
    for (const item of Object.values(value)) visit(item);
  };
  visit(schema);
});

test("inputs are told apart by their type, older names included", () => {
  expect(JSON.stringify(at("$defs", "input", "allOf"))).toContain('{"enum":["BOOL","BOOLEAN"]}');
});
