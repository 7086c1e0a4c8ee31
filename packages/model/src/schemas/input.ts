import { z } from "zod";
import type { InputType } from "../flow.ts";
import { text } from "../properties.ts";

const literalText = z
  .union([z.string(), z.number().transform(String), z.boolean().transform(String)])
  .meta({ dynamic: "text" });

const common = {
  id: z.string(),
  name: z.string().optional().meta({ renamedTo: "id" }),
  type: z.string(),
  description: z.string().optional(),
  displayName: z.string().optional(),
  required: z.boolean().optional(),
  dependsOn: z.object({ inputs: z.array(z.string()), condition: text().optional() }).optional(),
};

function input<Own extends z.ZodRawShape>(own: Own, value: z.ZodType = literalText) {
  return z.object({ ...common, defaults: value.optional(), prefill: value.optional(), ...own });
}

const pattern = { validator: z.string().optional() };
const numberRange = { min: z.number().optional(), max: z.number().optional() };
const dateRange = { after: z.string().optional(), before: z.string().optional() };
const durationRange = { min: z.string().optional(), max: z.string().optional() };
const anything = z.unknown();
const choice = {
  values: z.array(literalText).optional(),
  expression: z.string().optional(),
  allowCustomValue: z.boolean().optional(),
  autoSelectFirst: z.boolean().optional(),
};
const select = { ...choice, isRadio: z.boolean().optional() };
const itemType = z.string().optional();

/** What an input of each type may carry. */
export const INPUTS = {
  STRING: input(pattern),
  INT: input(numberRange, anything),
  FLOAT: input(numberRange, anything),
  BOOL: input({}, anything),
  DATETIME: input(dateRange),
  DATE: input(dateRange),
  TIME: input(dateRange),
  DURATION: input(durationRange),
  FILE: input({
    extension: z.string().optional().meta({ deprecated: true, description: "Use `allowedFileExtensions`." }),
    allowedFileExtensions: z.array(z.string()).optional(),
  }),
  JSON: input({}, anything),
  YAML: input({}, anything),
  URI: input({}),
  SECRET: input(pattern),
  ARRAY: input({ itemType }, anything),
  SELECT: input(select),
  MULTISELECT: input(
    { ...choice, itemType, options: z.array(literalText).optional().meta({ renamedTo: "values" }) },
    anything,
  ),
  EMAIL: input({}),
} satisfies Record<InputType, z.ZodObject>;

/** All of them together, for reading. */
export const INPUT_PROPERTIES = z.object({
  displayName: z.string(),
  description: z.string(),
  required: z.boolean(),
  dependsOn: z.object({ inputs: z.array(z.string()), condition: text().optional() }),
  validator: z.string(),
  min: z.union([z.number(), z.string()]),
  max: z.union([z.number(), z.string()]),
  after: z.string(),
  before: z.string(),
  values: z.array(z.string()),
  expression: z.string(),
  allowCustomValue: z.boolean(),
  autoSelectFirst: z.boolean(),
  isRadio: z.boolean(),
  allowedFileExtensions: z.array(z.string()),
  extension: z.string(),
});

/** Older spellings of input types. */
export const INPUT_TYPE_ALIASES: Readonly<Record<string, InputType>> = { BOOLEAN: "BOOL", ENUM: "SELECT" };

/** An output of a flow. */
export const OUTPUT = z.object({
  id: z.string(),
  type: z.string(),
  itemType: z.string().optional(),
  value: z.unknown().meta({ dynamic: "deep" }),
  description: z.string().optional(),
  displayName: z.string().optional(),
  required: z.boolean().optional(),
});
