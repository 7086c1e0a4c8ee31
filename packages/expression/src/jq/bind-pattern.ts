import type { JqPattern } from "./ast.ts";
import { bindVariable, type JqContext, type JqScope, valuesOf } from "./environment.ts";
import { JqError } from "./errors.ts";
import { indexInto } from "./paths.ts";
import { shown } from "./values.ts";

/** The scopes in which a pattern's variables have the parts of a value; several when a key has several values. */
export function* bindPattern(
  pattern: JqPattern,
  value: unknown,
  scope: JqScope,
  context: JqContext,
): Generator<JqScope> {
  switch (pattern.kind) {
    case "variable":
      yield bindVariable(scope, pattern.name, value);
      return;
    case "array":
      if (value !== null && !Array.isArray(value)) throw new JqError(`Cannot index ${shown(value)} with number`);
      yield* bindElements(pattern.elements, 0, value, scope, context);
      return;
    case "object":
      yield* bindEntries(pattern.entries, 0, value, scope, context);
      return;
    default:
      pattern satisfies never;
  }
}

function* bindElements(
  elements: readonly JqPattern[],
  index: number,
  value: unknown,
  scope: JqScope,
  context: JqContext,
): Generator<JqScope> {
  const element = elements[index];
  if (element === undefined) {
    yield scope;
    return;
  }
  for (const bound of bindPattern(element, indexInto(value, index), scope, context)) {
    yield* bindElements(elements, index + 1, value, bound, context);
  }
}

function* bindEntries(
  entries: (JqPattern & { kind: "object" })["entries"],
  index: number,
  value: unknown,
  scope: JqScope,
  context: JqContext,
): Generator<JqScope> {
  const entry = entries[index];
  if (entry === undefined) {
    yield scope;
    return;
  }
  for (const key of valuesOf({ body: entry.key, scope }, value, context)) {
    const part = indexInto(value, key);
    const named = entry.variable === null ? scope : bindVariable(scope, entry.variable, part);
    const inner = entry.pattern === null ? [named] : bindPattern(entry.pattern, part, named, context);
    for (const bound of inner) yield* bindEntries(entries, index + 1, value, bound, context);
  }
}
