import { TaskFailure } from "@capstan/sdk";

/** Reads the JSON Schema in a text. Throws `TaskFailure` for anything else. */
export function schemaOf(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new TaskFailure(`\`jsonResponseSchema\` is no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (isMap(parsed)) return parsed;
  throw new TaskFailure('`jsonResponseSchema` is no JSON Schema: write a map such as {"type": "object", …}.');
}

/** What most APIs take to have a schema followed. */
export function schemaFormat(text: string) {
  const schema = schemaOf(text);
  return { type: "json_schema" as const, json_schema: { name: "response", schema, strict: isStrict(schema) } };
}

/**
 * Whether a schema can be followed to the letter: APIs refuse to, unless each object in it requires all its properties and allows
 * no others. Any other schema is followed as well as the model can.
 */
export function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (!isMap(schema)) return true;
  if (isMap(schema["properties"]) || schema["type"] === "object") {
    const names = Object.keys(isMap(schema["properties"]) ? schema["properties"] : {});
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    if (schema["additionalProperties"] !== false || !names.every((name) => required.includes(name))) return false;
  }
  return Object.values(schema).every(isStrict);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
