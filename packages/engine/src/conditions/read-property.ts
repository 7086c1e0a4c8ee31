import { compile } from "@capstan/expression";
import type { Condition, JsonMap, JsonValue } from "@capstan/model";
import type { Label } from "../execution/execution.ts";
import { type ConditionContext, ConditionFailure, type MultipleCondition } from "./condition.ts";

/** A property as rendered text; undefined when it is absent. */
export function textOf(properties: JsonMap, name: string, context: ConditionContext): string | undefined {
  const value = properties[name];
  return value === undefined || value === null ? undefined : render(value, context);
}

/** As `textOf`, for a property that must be there. */
export function requiredText(properties: JsonMap, name: string, context: ConditionContext): string {
  const text = textOf(properties, name, context);
  if (text === undefined) throw new ConditionFailure(`the property \`${name}\` is missing`);
  return text;
}

/** A list of texts, each rendered; an expression may give the list as JSON. Undefined when the property is absent. */
export function textsOf(properties: JsonMap, name: string, context: ConditionContext): readonly string[] | undefined {
  const value = properties[name];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((element) => render(element, context));
  const rendered = render(value, context).trim();
  return rendered.startsWith("[") ? (JSON.parse(rendered) as unknown[]).map(String) : [rendered];
}

export function isSet(properties: JsonMap, name: string, context: ConditionContext): boolean {
  return textOf(properties, name, context)?.toLowerCase() === "true";
}

/** Labels written as a map or as a list of `{ key, value }`, rendered. */
export function labelsOf(value: JsonValue | undefined, context: ConditionContext): readonly Label[] {
  if (value === undefined || value === null || typeof value !== "object") return [];
  const entries: readonly (readonly [JsonValue, JsonValue])[] = Array.isArray(value)
    ? (value as readonly { key: JsonValue; value: JsonValue }[]).map((label) => [label.key, label.value])
    : Object.entries(value as JsonMap);
  return entries.map(([key, text]) => ({ key: render(key, context), value: render(text, context) }));
}

/** The conditions inside a condition: `{ type, … }` each. */
export function nestedConditions(value: JsonValue | undefined): readonly Condition[] {
  return Array.isArray(value) ? (value as readonly JsonMap[]).map(nestedCondition) : [];
}

export function multipleOf(properties: JsonMap): MultipleCondition {
  const conditions: Record<string, Condition> = {};
  for (const [name, condition] of Object.entries((properties["conditions"] ?? {}) as JsonMap)) {
    conditions[name] = nestedCondition(condition as JsonMap);
  }
  return { id: String(properties["id"]), conditions, properties };
}

function nestedCondition({ type, ...properties }: JsonMap): Condition {
  return { type: String(type), properties };
}

/** Text with its expressions rendered; other values as JSON. */
export function render(
  value: JsonValue,
  { scope, environment, compile: compileCached = compile }: ConditionContext,
): string {
  if (typeof value !== "string") return typeof value === "object" ? JSON.stringify(value) : String(value);
  return value.includes("{") ? compileCached(value).render(scope, environment) : value;
}
