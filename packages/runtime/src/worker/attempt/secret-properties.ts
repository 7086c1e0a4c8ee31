import type { z } from "zod";

interface SchemaParts {
  readonly shape?: Record<string, z.ZodType>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
}

/** Calls back with each text below a part of the schema that is marked secret. */
export function eachSecret(schema: z.ZodType, value: unknown, found: (secret: string) => void): void {
  if (value === undefined || value === null || !holdsSecrets(schema)) return;
  if (schema.meta()?.secret === true) return eachText(value, found);
  const { shape, element, valueType, options, innerType } = schema.def as SchemaParts;
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

/** Whether a part of each schema is marked secret; schemas are never changed after their definition. */
const secretSchemas = new WeakMap<z.ZodType, boolean>();

function holdsSecrets(schema: z.ZodType): boolean {
  const known = secretSchemas.get(schema);
  if (known !== undefined) return known;
  // A schema that contains itself counts as holding some: its values are always looked through.
  secretSchemas.set(schema, true);
  const holds = schema.meta()?.secret === true || partsOf(schema).some(holdsSecrets);
  secretSchemas.set(schema, holds);
  return holds;
}

function partsOf(schema: z.ZodType): readonly z.ZodType[] {
  const { shape = {}, element, valueType, options = [], innerType } = schema.def as SchemaParts;
  return [...Object.values(shape), element, valueType, ...options, innerType].filter((part) => part !== undefined);
}

function eachText(value: unknown, found: (text: string) => void): void {
  if (typeof value === "string") found(value);
  else if (typeof value === "object" && value !== null)
    for (const entry of Object.values(value)) eachText(entry, found);
}
