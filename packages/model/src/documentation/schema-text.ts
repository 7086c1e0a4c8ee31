/** A JSON Schema, as far as documentation reads it, with the language's own marks. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | boolean;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly dynamic?: "text" | "typed" | "deep";
  readonly children?: string;
  readonly conditions?: string;
  readonly inputs?: boolean;
  readonly renamedTo?: string;
  readonly deprecated?: boolean;
  readonly secret?: boolean;
}

const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  object: "map",
  array: "list",
  integer: "whole number",
};

/** What may be written, in words: `text`, `list of text`, `A or B`. */
export function typeText(schema: Schema): string {
  if (schema.children !== undefined) return "tasks";
  if (schema.conditions !== undefined) return "conditions";
  if (schema.inputs === true) return "inputs";
  if (schema.dynamic === "text") return "text";
  if (schema.dynamic === "deep") return deepText(schema);
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    // The branch of `dynamic()` that lets an expression stand for the value, which is told apart.
    const own = choices.filter(({ pattern }) => pattern !== String.raw`\{[{%]`);
    return [...new Set(own.map(typeText))].join(" or ");
  }
  if (schema.type === "array" && typeof schema.items === "object") return `list of ${typeText(schema.items)}`;
  const types = schema.type === undefined ? [] : [schema.type].flat();
  return types.map((type) => WORDS[type] ?? type).join(" or ") || "any";
}

/** A value that is rendered at every depth; a text that stands for it is an expression, which has a column of its own. */
function deepText({ anyOf = [] }: Schema): string {
  const own = anyOf.filter(({ type }) => type !== "string").map(typeText);
  return [...new Set(own)].join(" or ") || "any";
}

/** Whether an expression may stand for the value, or within it. */
export function takesExpressions({ dynamic, anyOf = [] }: Schema): boolean {
  return dynamic !== undefined || anyOf.some(takesExpressions);
}
