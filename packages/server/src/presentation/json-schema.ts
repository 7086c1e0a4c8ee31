import { z } from "zod";

/** What may be written for a schema, as a JSON Schema. */
export function jsonSchemaOf(schema: z.ZodObject): object {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}
