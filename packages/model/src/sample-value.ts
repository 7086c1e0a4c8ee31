import { z } from "zod";
import type { JsonMap, JsonValue } from "./flow.ts";

/** What of a JSON Schema says what a value looks like. */
interface Shape {
  readonly type?: string;
  readonly const?: JsonValue;
  readonly enum?: readonly JsonValue[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
}

const TEXTS: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T12:30:00Z",
  date: "2026-01-31",
  time: "12:30:00",
  duration: "PT1H",
  uri: "https://example.org/sample",
  email: "sample@example.org",
};

/** A value that the schema takes, with every property that it names: what such a value looks like, for tries and examples. */
export function sampleOf(schema: z.ZodObject): JsonMap {
  return sample(z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }) as Shape) as JsonMap;
}

function sample(shape: Shape): JsonValue {
  if (shape.const !== undefined) return shape.const;
  if (shape.enum !== undefined) return shape.enum[0]!;
  const choice = (shape.anyOf ?? shape.oneOf)?.find(({ type }) => type !== "null");
  if (choice !== undefined) return sample(choice);
  switch (shape.type) {
    case "object":
      return Object.fromEntries(Object.entries(shape.properties ?? {}).map(([name, each]) => [name, sample(each)]));
    case "array":
      return shape.items === undefined ? [] : [sample(shape.items)];
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return TEXTS[shape.format ?? ""] ?? "sample";
  }
}
