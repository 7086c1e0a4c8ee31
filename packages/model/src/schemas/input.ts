import { z } from "zod";
import type { InputType } from "../flow.ts";
import { text } from "../properties.ts";

const literalText = z
  .union([z.string(), z.number().transform(String), z.boolean().transform(String)])
  .meta({ dynamic: "text" });

const common = {
  id: z.string().meta({ title: "Names the value" }),
  name: z.string().optional().meta({ renamedTo: "id" }).describe("Older form of `id`."),
  type: z.string(),
  description: z.string().optional().describe("For readers."),
  displayName: z.string().optional().describe("Name shown to people, at most 64 characters."),
  required: z.boolean().optional().describe("Whether a value must be given. Default: true."),
  dependsOn: z
    .object({ inputs: z.array(z.string()), condition: text().optional() })
    .optional()
    .describe("Inputs and a condition on which this one is asked for."),
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
  values: z
    .union([z.array(literalText), z.string().regex(/\{\{/, "must be a list, or an expression that gives one")])
    .optional()
    .describe("What may be chosen, or an expression that renders to it."),
  expression: z.string().optional().describe("Expression that renders to the list of values."),
  allowCustomValue: z.boolean().optional().describe("Whether other values may be given. Default: false."),
  autoSelectFirst: z.boolean().optional().describe("Whether the first value is the default. Default: false."),
};
const select = { ...choice, isRadio: z.boolean().optional() };
const itemType = z.string().optional();
const fields = (description: string) => z.array(z.unknown()).meta({ inputs: true, description });
const rows = z
  .object({ min: z.int().min(0).optional(), max: z.int().min(1).optional() })
  .optional()
  .describe("How many rows there may be.");

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
    allowedFileExtensions: z.array(z.string()).optional().describe("Endings of file names, such as .csv."),
  }),
  JSON: input({}, anything),
  YAML: input({}, anything),
  ION: input({}, anything),
  URI: input({}),
  SECRET: input(pattern),
  ARRAY: input({ itemType }, anything),
  SELECT: input(select),
  MULTISELECT: input(
    { ...choice, itemType, options: z.array(literalText).optional().meta({ renamedTo: "values" }) },
    anything,
  ),
  EMAIL: input({}),
  OBJECT: input({ properties: fields("Inputs that its value consists of, by their ids.") }, anything),
  TABLE: input({ columns: fields("Inputs that each row consists of, by their ids."), rows }, anything),
} satisfies Record<InputType, z.ZodObject>;

/** Inputs that are asked for together; each is named by the id of the form, a dot and its own. */
export const FORM = z.object({
  id: z.string().meta({ title: "Names the form" }),
  type: z.string(),
  displayName: z.string().optional().describe("Name shown to people, at most 64 characters."),
  description: z.string().optional().describe("For readers."),
  inputs: z.array(z.unknown()).meta({ inputs: true, description: "The inputs of the form, no forms among them." }),
});

/** All of them together, for reading. */
export const INPUT_PROPERTIES = z.object({
  displayName: z.string().describe("Name shown to people, at most 64 characters."),
  description: z.string().describe("For readers."),
  required: z.boolean().describe("Whether a value must be given. Default: true."),
  dependsOn: z
    .object({ inputs: z.array(z.string()), condition: text().optional() })
    .describe("Inputs and a condition on which this one is asked for."),
  validator: z.string(),
  min: z.union([z.number(), z.string()]),
  max: z.union([z.number(), z.string()]),
  after: z.string(),
  before: z.string(),
  values: z.array(z.string()),
  expression: z.string().describe("Expression that renders to the list of values."),
  allowCustomValue: z.boolean().describe("Whether other values may be given. Default: false."),
  autoSelectFirst: z.boolean().describe("Whether the first value is the default. Default: false."),
  isRadio: z.boolean(),
  rows: z.object({ min: z.int().optional(), max: z.int().optional() }),
  allowedFileExtensions: z.array(z.string()).describe("Endings of file names, such as .csv."),
  extension: z.string(),
});

/** Older spellings of input types. */
export const INPUT_TYPE_ALIASES: Readonly<Record<string, InputType>> = { BOOLEAN: "BOOL", ENUM: "SELECT" };

/** An output of a flow. */
export const OUTPUT = z.object({
  id: z.string().meta({ title: "Names the value" }),
  type: z.string(),
  itemType: z.string().optional().describe("Type of the items."),
  value: z
    .unknown()
    .meta({ dynamic: "deep" })
    .describe("Text, list or map with expressions, rendered at the end of the execution."),
  description: z.string().optional().describe("For readers."),
  displayName: z.string().optional().describe("Name shown to people, at most 64 characters."),
  required: z.boolean().optional().describe("Whether a value must be given. Default: true."),
});
