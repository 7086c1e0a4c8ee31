import type { z } from "zod";

/** Calls back with each text below a part of the schema that is marked secret. */
export function eachSecret(schema: z.ZodType, value: unknown, found: (secret: string) => void): void {
  if (value === undefined || value === null) return;
  if (schema.meta()?.secret === true) return eachText(value, found);
  const { shape, element, valueType, options, innerType } = schema.def as {
    shape?: Record<string, z.ZodType>;
    element?: z.ZodType;
    valueType?: z.ZodType;
    options?: readonly z.ZodType[];
    innerType?: z.ZodType;
  };
  if (innerType !== undefined) return eachSecret(innerType, value, found);
  for (const option of options ?? []) eachSecret(option, value, found);
  if (Array.isArray(value)) {
    if (element !== undefined) for (const entry of value) eachSecret(element, entry, found);
  } else if (typeof value === "object") {
    for (const [key, entry] of Object.entries(value)) {
      const part = shape !== undefined && Object.hasOwn(shape, key) ? shape[key] : valueType;
      if (part !== undefined) eachSecret(part, entry, found);
    }
  }
}

function eachText(value: unknown, found: (text: string) => void): void {
  if (typeof value === "string") found(value);
  else if (typeof value === "object" && value !== null)
    for (const entry of Object.values(value)) eachText(entry, found);
}
