import { expect, test } from "vitest";
import { z } from "zod";
import { dynamic, dynamicMap, text } from "../properties.ts";
import { type Schema, takesExpressions, typeText } from "./schema-text.ts";

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;

test.each([
  [text(), "text", true],
  [z.string(), "text", false],
  [dynamic(z.boolean()), "boolean", true],
  [dynamic(z.array(text())), "list of text", true],
  [dynamic(z.enum(["A", "B"])), "`A`, `B`", true],
  [z.union([z.string(), z.int()]), "text or whole number", false],
  [dynamicMap(), "map", true],
  [z.unknown(), "any", false],
])("schema %#: %s", (schema, words, isDynamic) => {
  const shape = schemaOf(schema);
  expect({ words: typeText(shape), isDynamic: takesExpressions(shape) }).toEqual({ words, isDynamic });
});
