import { z } from "zod";
import type { TypeDefinition } from "../catalogue.ts";
import { type Schema, takesExpressions, typeText } from "./schema-text.ts";

/** What is told of a property. */
export interface PropertyDocument {
  readonly name: string;
  readonly isRequired: boolean;
  readonly isDeprecated: boolean;
  /** What may be written, in words. */
  readonly type: string;
  readonly takesExpressions: boolean;
  readonly description: string;
  /** As it would be written; absent where the description says it in words, and for what an absence would mean anyway. */
  readonly default?: string;
}

export type OutputDocument = Pick<PropertyDocument, "name" | "type" | "description">;

/** What documentation tells of a type, whatever it is shown in. */
export interface TypeDocument extends Pick<
  TypeDefinition,
  "type" | "element" | "title" | "description" | "deprecated"
> {
  readonly aliases: readonly string[];
  /** Without older spellings of others. */
  readonly properties: readonly PropertyDocument[];
  /** Empty where there are none, or where they can't be known. */
  readonly outputs: readonly OutputDocument[];
  readonly examples: readonly { readonly title: string; readonly code: string }[];
}

export function documentType(definition: TypeDefinition): TypeDocument {
  const {
    type,
    element,
    title,
    description,
    deprecated,
    aliases = [],
    examples = [],
    properties,
    outputs,
  } = definition;
  return {
    type,
    element,
    title,
    ...(description !== undefined && { description }),
    ...(deprecated !== undefined && { deprecated }),
    aliases,
    properties: propertiesOf(properties),
    outputs: outputs === undefined ? [] : outputsOf(outputs),
    examples,
  };
}

function propertiesOf(written: z.ZodObject): readonly PropertyDocument[] {
  const { properties = {}, required = [] } = schemaOf(written);
  return Object.entries(properties)
    .filter(([, { renamedTo }]) => renamedTo === undefined)
    .map(([name, schema]) => {
      const standard = defaultOf(schema, written.shape[name]);
      return {
        name,
        isRequired: required.includes(name),
        isDeprecated: schema.deprecated === true,
        type: typeText(schema),
        takesExpressions: takesExpressions(schema),
        description: schema.description ?? "",
        ...(standard !== undefined && { default: standard }),
      };
    });
}

function outputsOf(written: z.ZodObject): readonly OutputDocument[] {
  return Object.entries(schemaOf(written).properties ?? {}).map(([name, schema]) => ({
    name,
    type: typeText(schema),
    description: schema.description ?? "",
  }));
}

function schemaOf(schema: z.ZodObject): Schema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
}

function defaultOf({ description = "" }: Schema, written: z.ZodType | undefined): string | undefined {
  // A JSON Schema has none for what is converted when it is read, as texts are.
  const value = written instanceof z.ZodDefault ? written.def.defaultValue : undefined;
  if (value === undefined || value === false || value === null || value === "" || /default/i.test(description))
    return undefined;
  if (typeof value === "object" && Object.keys(value).length === 0) return undefined;
  const isPlain = typeof value === "string" && !/[\n\r\t]/.test(value);
  return isPlain ? value : JSON.stringify(value);
}
