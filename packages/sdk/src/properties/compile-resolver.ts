import { parseJsonValue } from "@capstan/model";
import { z } from "zod";
import { noProblems, type Problems, type PropertyPath, reportRendered } from "./problems.ts";
import { renderedSchema } from "./rendered-schema.ts";
import { innerOfTyped, isLeftAlone, type Marks, marksOf, unwrapped } from "./schema-walk.ts";

/** Renders with the scope of one attempt; both may throw, and what they throw passes. */
export interface PropertyRenderer {
  /** Always text. */
  render(text: string): string;
  /** Keys and strings at every depth; a lone `{{ e }}` keeps its native value. Answers plain JSON data. */
  evaluate(value: unknown): unknown;
}

export interface Resolution {
  readonly renderer: PropertyRenderer;
  readonly problems: Problems;
}

/** Replaces expressions in a value by what they render to. Undefined as an answer means: not given. */
export type Resolver = (value: unknown, path: PropertyPath, resolution: Resolution) => unknown;

/**
 * The resolver of a schema, or undefined when nothing in it is ever rendered. `insideTyped`: an enclosing property is
 * dynamic as a whole, so parts without a mark of their own are as well.
 */
export function compileResolver(schema: z.ZodType, insideTyped: boolean): Resolver | undefined {
  const marks = marksOf(schema);
  if (isLeftAlone(marks)) return undefined;
  switch (marks.dynamic) {
    case "text":
      return asText;
    case "deep":
      return compileDeep(schema);
    case "typed":
      return compileTyped(innerOfTyped(schema), marks);
    case undefined:
      return insideTyped ? compileTyped(schema, marks) : compileParts(schema, false);
    default:
      return marks.dynamic satisfies never;
  }
}

const asText: Resolver = (value, _path, { renderer }) => {
  if (typeof value === "string") return rendered(value, renderer);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
};

/** A text without any brace can't hold an expression. */
function rendered(text: string, renderer: PropertyRenderer): string {
  return text.includes("{") ? renderer.render(text) : text;
}

function compileDeep(schema: z.ZodType): Resolver {
  const inner = unwrapped(schema);
  const options = inner instanceof z.ZodUnion ? (inner.options as readonly z.ZodType[]).map(unwrapped) : [];
  const takesMap = options.some((option) => option instanceof z.ZodRecord || option instanceof z.ZodObject);
  const takesList = options.some((option) => option instanceof z.ZodArray);
  return (value, _path, { renderer }) => {
    if (typeof value !== "string") return renderedDeeply(value, renderer);
    const text = rendered(value, renderer);
    if (!takesMap && !takesList) return text;
    if (text.trim() === "") return undefined;
    const parsed = jsonOf(text);
    return (takesMap && isMap(parsed)) || (takesList && Array.isArray(parsed)) ? parsed : text;
  };
}

/** Strings become texts; of two keys that render equal the first stays. */
function renderedDeeply(value: unknown, renderer: PropertyRenderer): unknown {
  if (typeof value === "string") return rendered(value, renderer);
  if (Array.isArray(value)) return value.map((element) => renderedDeeply(element, renderer));
  if (!isMap(value)) return value;
  const result = new Map<string, unknown>();
  for (const [key, entry] of Object.entries(value)) {
    const name = rendered(key, renderer);
    if (!result.has(name)) result.set(name, renderedDeeply(entry, renderer));
  }
  return Object.fromEntries(result);
}

function compileTyped(schema: z.ZodType, marks: Marks): Resolver {
  const target = unwrapped(schema);
  if (target instanceof z.ZodUnknown || target instanceof z.ZodAny)
    return (value, _path, { renderer }) => renderer.evaluate(value);
  const parts = compileParts(schema, true);
  const convert = compileConversion(schema, parts, marks.secret === true);
  return (value, path, resolution) => {
    if (typeof value === "string") return convert(value, path, resolution);
    return parts === undefined ? value : parts(value, path, resolution);
  };
}

type Conversion = (source: string, path: PropertyPath, resolution: Resolution) => unknown;

/** How a text, once rendered, becomes a value of the schema. */
function compileConversion(schema: z.ZodType, parts: Resolver | undefined, isSecret: boolean): Conversion {
  const target = unwrapped(schema);
  if (target instanceof z.ZodUnion) return compileUnionConversion(target.options as readonly z.ZodType[]);
  if (target instanceof z.ZodArray) return jsonConversion("a list", Array.isArray, parts, isSecret);
  if (target instanceof z.ZodObject || target instanceof z.ZodRecord)
    return jsonConversion("a map", isMap, parts, isSecret);
  if (target instanceof z.ZodNumber) {
    const expected = target instanceof z.ZodNumberFormat ? "a whole number" : "a number";
    return scalarConversion(expected, (text) => (Number.isFinite(Number(text)) ? Number(text) : undefined), isSecret);
  }
  if (target instanceof z.ZodBoolean) return scalarConversion("true or false", booleanOf, isSecret);
  const isPlainText = schema instanceof z.ZodString;
  return (source, _path, { renderer }) => {
    const text = rendered(source, renderer);
    return isPlainText || text.trim() !== "" ? text : undefined;
  };
}

function scalarConversion(expected: string, read: (text: string) => unknown, isSecret: boolean): Conversion {
  return (source, path, { renderer, problems }) => {
    const text = rendered(source, renderer).trim();
    if (text === "") return undefined;
    const value = read(text);
    if (value === undefined) reportRendered(problems, path, expected, text, isSecret);
    return value;
  };
}

function booleanOf(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : undefined;
}

/** A text that is JSON as written is read first and its elements are rendered; any other is rendered, then read. */
function jsonConversion(
  expected: string,
  fits: (value: unknown) => boolean,
  parts: Resolver | undefined,
  isSecret: boolean,
): Conversion {
  return (source, path, resolution) => {
    const written = jsonOf(source);
    if (fits(written)) return parts === undefined ? written : parts(written, path, resolution);
    const text = rendered(source, resolution.renderer).trim();
    if (text === "") return undefined;
    const value = jsonOf(text);
    if (fits(value)) return value;
    reportRendered(resolution.problems, path, expected, text, isSecret);
    return undefined;
  };
}

/** The first alternative that takes the rendered text. */
function compileUnionConversion(options: readonly z.ZodType[]): Conversion {
  const alternatives = options.map((option) => ({
    resolve: compileResolver(option, true) ?? ((value: unknown) => value),
    schema: renderedSchema(option),
  }));
  return (source, path, { renderer }) => {
    for (const { resolve, schema } of alternatives) {
      const problems = noProblems();
      const value = resolve(source, path, { renderer, problems });
      if (problems.texts.length === 0 && schema.safeParse(value).success) return value;
    }
    const text = rendered(source, renderer);
    return text.trim() === "" ? undefined : text;
  };
}

function compileParts(schema: z.ZodType, insideTyped: boolean): Resolver | undefined {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject) return compileObject(inner, insideTyped);
  if (inner instanceof z.ZodArray) {
    const element = compileResolver(inner.element as z.ZodType, insideTyped);
    if (element === undefined) return undefined;
    return (value, path, resolution) =>
      Array.isArray(value) ? value.map((entry, index) => element(entry, [...path, index], resolution) ?? null) : value;
  }
  if (inner instanceof z.ZodRecord) return compileRecord(inner, insideTyped);
  if (inner instanceof z.ZodUnion) return compileUnion(inner.options as readonly z.ZodType[], insideTyped);
  return undefined;
}

/** The resolver of an object; an empty (null) property counts as not given, unless its schema takes null. */
export function compileObject(schema: z.ZodObject, insideTyped: boolean): Resolver {
  const properties = Object.entries(schema.shape as Record<string, z.ZodType>).map(([key, part]) => ({
    key,
    resolve: compileResolver(part, insideTyped),
    takesNull: part.safeParse(null).success,
  }));
  return (value, path, resolution) => {
    if (!isMap(value)) return value;
    const result: Record<string, unknown> = { ...value };
    for (const { key, resolve, takesNull } of properties) {
      const entry = Object.hasOwn(value, key) ? value[key] : undefined;
      const resolved = entry === null || entry === undefined ? entry : resolve?.(entry, [...path, key], resolution);
      const final = resolve === undefined ? entry : resolved;
      if (final === undefined || (final === null && !takesNull)) delete result[key];
      else result[key] = final;
    }
    return result;
  };
}

function compileRecord(schema: z.ZodRecord, insideTyped: boolean): Resolver | undefined {
  const entryOf = compileResolver(schema.valueType as z.ZodType, insideTyped);
  const rendersKeys = insideTyped || marksOf(schema.keyType as z.ZodType).dynamic !== undefined;
  if (entryOf === undefined && !rendersKeys) return undefined;
  return (value, path, resolution) => {
    if (!isMap(value)) return value;
    const result = new Map<string, unknown>();
    for (const [key, entry] of Object.entries(value)) {
      const name = rendersKeys ? rendered(key, resolution.renderer) : key;
      if (result.has(name)) continue;
      result.set(name, entryOf === undefined || entry === null ? entry : entryOf(entry, [...path, name], resolution));
    }
    return Object.fromEntries(result);
  };
}

function compileUnion(options: readonly z.ZodType[], insideTyped: boolean): Resolver | undefined {
  const alternatives = options.map((option) => ({ option, resolve: compileResolver(option, insideTyped) }));
  if (alternatives.every(({ resolve }) => resolve === undefined)) return undefined;
  return (value, path, resolution) => {
    const chosen = alternatives.find(({ option }) => option.safeParse(value).success);
    return chosen?.resolve === undefined ? value : chosen.resolve(value, path, resolution);
  };
}

function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return parseJsonValue(text);
  } catch {
    return undefined; // Not JSON: the caller says what it expected instead.
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
