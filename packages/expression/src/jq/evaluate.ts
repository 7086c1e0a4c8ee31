import type { Jq } from "./ast.ts";
import { assignments } from "./assign.ts";
import { bindPattern } from "./bind-pattern.ts";
import {
  bindVariable,
  type Cell,
  type Closure,
  computed,
  deeper,
  inside,
  type JqBinding,
  type JqContext,
  type JqScope,
  valuesOf,
} from "./environment.ts";
import { JqBreak, JqError } from "./errors.ts";
import { formatText } from "./formats.ts";
import { operate } from "./operations.ts";
import { indexInto, sliceOf } from "./paths.ts";
import { isNumber, isObject, isTruthy, jqText, shown } from "./values.ts";
import { put } from "../values/maps.ts";

/** All results of a part of a program for one input, one after the other, computed as they are asked for. */
export function* evaluate(node: Jq, scope: JqScope, input: Cell, context: JqContext): Generator<Cell> {
  context.spend(1);
  switch (node.kind) {
    case "identity":
      yield input;
      return;
    case "recurse":
      yield* descend(input, context);
      return;
    case "index":
      for (const key of valuesOf({ body: node.key, scope }, input.value, context)) {
        for (const target of evaluate(node.target, scope, input, context)) {
          yield inside(target, key, indexInto(target.value, key));
        }
      }
      return;
    case "slice":
      yield* slices(node, scope, input, context);
      return;
    case "iterate":
      for (const target of evaluate(node.target, scope, input, context)) yield* children(target, context);
      return;
    case "literal":
      yield computed(node.value, input);
      return;
    case "text":
      yield* texts(node, 0, "", scope, input, context);
      return;
    case "format":
      yield computed(formatText(node.name, input.value), input);
      return;
    case "array":
      yield computed(collect(node.body, scope, input, context), input);
      return;
    case "object":
      yield* objects(node.entries, 0, {}, scope, input, context);
      return;
    case "negate":
      for (const value of valuesOf({ body: node.operand, scope }, input.value, context)) {
        if (!isNumber(value)) throw new JqError(`${shown(value)} cannot be negated`);
        yield computed(-Number(value), input);
      }
      return;
    case "pipe":
      for (const cell of evaluate(node.left, scope, input, context)) yield* evaluate(node.right, scope, cell, context);
      return;
    case "comma":
      yield* evaluate(node.left, scope, input, context);
      yield* evaluate(node.right, scope, input, context);
      return;
    case "operation":
      for (const right of valuesOf({ body: node.right, scope }, input.value, context)) {
        for (const left of valuesOf({ body: node.left, scope }, input.value, context)) {
          yield computed(checked(operate(node.operator, left, right), context), input);
        }
      }
      return;
    default:
      yield* evaluateControl(node, scope, input, context);
  }
}

type Control = Exclude<
  Jq,
  {
    kind:
      | "identity"
      | "recurse"
      | "index"
      | "slice"
      | "iterate"
      | "literal"
      | "text"
      | "format"
      | "array"
      | "object"
      | "negate"
      | "pipe"
      | "comma"
      | "operation";
  }
>;

function* evaluateControl(node: Control, scope: JqScope, input: Cell, context: JqContext): Generator<Cell> {
  switch (node.kind) {
    case "logic":
      for (const left of valuesOf({ body: node.left, scope }, input.value, context)) {
        if (isTruthy(left) === (node.operator === "or")) {
          yield computed(node.operator === "or", input);
          continue;
        }
        for (const right of valuesOf({ body: node.right, scope }, input.value, context)) {
          yield computed(isTruthy(right), input);
        }
      }
      return;
    case "alternative":
      yield* alternatives(node, scope, input, context);
      return;
    case "assign":
      for (const value of assignments(node, scope, input.value, context)) yield computed(value, input);
      return;
    case "if":
      for (const condition of valuesOf({ body: node.condition, scope }, input.value, context)) {
        yield* evaluate(isTruthy(condition) ? node.whenTrue : node.whenFalse, scope, input, context);
      }
      return;
    case "try":
      yield* attempts(node, scope, input, context);
      return;
    case "reduce":
    case "foreach":
      yield* fold(node, scope, input, context);
      return;
    case "bind":
      yield* bindings(node, scope, input, context);
      return;
    case "variable":
      yield computed(variable(node.name, scope.binding), input);
      return;
    case "define": {
      const { name, parameters, body } = node.definition;
      const binding: JqBinding = { kind: "function", name, parameters, body, next: scope.binding };
      yield* evaluate(node.body, { binding, depth: scope.depth }, input, context);
      return;
    }
    case "call":
      yield* call(node, scope, input, context);
      return;
    case "label": {
      const label = {};
      const binding: JqBinding = { kind: "label", name: node.name, label, next: scope.binding };
      try {
        yield* evaluate(node.body, { binding, depth: scope.depth }, input, context);
      } catch (error) {
        if (!(error instanceof JqBreak) || error.label !== label) throw error;
      }
      return;
    }
    case "break":
      for (let binding = scope.binding; binding !== null; binding = binding.next) {
        if (binding.kind === "label" && binding.name === node.name) throw new JqBreak(binding.label);
      }
      throw new JqError(`$*label-${node.name} is not defined`);
    default:
      node satisfies never;
  }
}

/** The value and everything in it, parents first. */
export function* descend(cell: Cell, context: JqContext): Generator<Cell> {
  const waiting: Cell[] = [cell];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    if (Array.isArray(next.value) || isObject(next.value))
      waiting.push(...Array.from(children(next, context)).toReversed());
  }
}

/** The elements of an array or the values of an object. */
export function* children(target: Cell, context: JqContext): Generator<Cell> {
  const { value } = target;
  if (Array.isArray(value)) {
    for (const [index, element] of (value as unknown[]).entries()) {
      context.spend(1);
      yield inside(target, index, element ?? null);
    }
  } else if (isObject(value)) {
    for (const [key, element] of Object.entries(value)) {
      context.spend(1);
      yield inside(target, key, element ?? null);
    }
  } else {
    throw new JqError(`Cannot iterate over ${value === null ? "null" : shown(value)}`);
  }
}

function* slices(node: Jq & { kind: "slice" }, scope: JqScope, input: Cell, context: JqContext): Generator<Cell> {
  const bounds = (body: Jq | null): Iterable<unknown> =>
    body === null ? [null] : valuesOf({ body, scope }, input.value, context);
  for (const end of bounds(node.to)) {
    for (const start of bounds(node.from)) {
      const key = { start: boundOf(start), end: boundOf(end) };
      for (const target of evaluate(node.target, scope, input, context)) {
        yield inside(target, key, sliceOf(target.value, key));
      }
    }
  }
}

function boundOf(value: unknown): number | null {
  if (value === null || isNumber(value)) return value === null ? null : Number(value);
  throw new JqError("Start and end indices of an array slice must be numbers");
}

function collect(body: Jq | null, scope: JqScope, input: Cell, context: JqContext): unknown[] {
  return body === null ? [] : [...valuesOf({ body, scope }, input.value, context)];
}

function* texts(
  node: Jq & { kind: "text" },
  index: number,
  text: string,
  scope: JqScope,
  input: Cell,
  context: JqContext,
): Generator<Cell> {
  const part = node.parts[index];
  if (part === undefined) {
    yield computed(checked(text, context), input);
  } else if (typeof part === "string") {
    yield* texts(node, index + 1, text + part, scope, input, context);
  } else {
    for (const value of valuesOf({ body: part, scope }, input.value, context)) {
      const added = node.format === null ? jqText(value) : formatText(node.format, value);
      yield* texts(node, index + 1, text + added, scope, input, context);
    }
  }
}

function* objects(
  entries: readonly { readonly key: Jq; readonly value: Jq }[],
  index: number,
  object: Record<string, unknown>,
  scope: JqScope,
  input: Cell,
  context: JqContext,
): Generator<Cell> {
  const entry = entries[index];
  if (entry === undefined) {
    yield computed(object, input);
    return;
  }
  for (const key of valuesOf({ body: entry.key, scope }, input.value, context)) {
    if (typeof key !== "string") throw new JqError(`Object keys must be strings, not ${shown(key)}`);
    for (const value of valuesOf({ body: entry.value, scope }, input.value, context)) {
      const next = { ...object };
      put(next, key, value);
      yield* objects(entries, index + 1, next, scope, input, context);
    }
  }
}

function* alternatives(
  node: Jq & { kind: "alternative" },
  scope: JqScope,
  input: Cell,
  context: JqContext,
): Generator<Cell> {
  let isAnswered = false;
  try {
    for (const cell of evaluate(node.left, scope, input, context)) {
      if (!isTruthy(cell.value)) continue;
      isAnswered = true;
      yield cell;
    }
  } catch (error) {
    if (!(error instanceof JqError)) throw error;
  }
  if (!isAnswered) yield* evaluate(node.right, scope, input, context);
}

function* attempts(node: Jq & { kind: "try" }, scope: JqScope, input: Cell, context: JqContext): Generator<Cell> {
  try {
    yield* evaluate(node.body, scope, input, context);
  } catch (error) {
    if (!(error instanceof JqError)) throw error;
    if (node.handler !== null) yield* evaluate(node.handler, scope, computed(error.value, input), context);
  }
}

function* fold(
  node: Jq & { kind: "reduce" | "foreach" },
  scope: JqScope,
  input: Cell,
  context: JqContext,
): Generator<Cell> {
  for (const start of evaluate(node.start, scope, input, context)) {
    let state = start;
    for (const value of valuesOf({ body: node.source, scope }, input.value, context)) {
      for (const bound of bindPattern(node.pattern, value, scope, context)) {
        let last: Cell | undefined;
        for (const cell of evaluate(node.update, bound, state, context)) {
          last = cell;
          if (node.kind === "reduce") continue;
          state = cell;
          if (node.extract === null) yield cell;
          else yield* evaluate(node.extract, bound, cell, context);
        }
        if (node.kind === "reduce") state = last ?? computed(null, input);
      }
    }
    if (node.kind === "reduce") yield state;
  }
}

function* bindings(node: Jq & { kind: "bind" }, scope: JqScope, input: Cell, context: JqContext): Generator<Cell> {
  for (const value of valuesOf({ body: node.source, scope }, input.value, context)) {
    for (const [index, pattern] of node.patterns.entries()) {
      try {
        // With several patterns, the variables of the others are null.
        const outer = node.patterns.length === 1 ? scope : nullVariables(node.patterns, scope);
        for (const bound of bindPattern(pattern, value, outer, context)) {
          yield* evaluate(node.body, bound, input, context);
        }
        break;
      } catch (error) {
        if (!(error instanceof JqError) || index === node.patterns.length - 1) throw error;
      }
    }
  }
}

function nullVariables(patterns: (Jq & { kind: "bind" })["patterns"], scope: JqScope): JqScope {
  let result = scope;
  const visit = (pattern: (typeof patterns)[number]): void => {
    if (pattern.kind === "variable") result = bindVariable(result, pattern.name, null);
    else if (pattern.kind === "array") for (const element of pattern.elements) visit(element);
    else {
      for (const entry of pattern.entries) {
        if (entry.variable !== null) result = bindVariable(result, entry.variable, null);
        if (entry.pattern !== null) visit(entry.pattern);
      }
    }
  };
  for (const pattern of patterns) visit(pattern);
  return result;
}

function variable(name: string, binding: JqBinding | null): unknown {
  for (let current = binding; current !== null; current = current.next) {
    if (current.kind === "variable" && current.name === name) return current.value;
  }
  if (name === "ENV") return {};
  throw new JqError(`$${name} is not defined`);
}

function* call(node: Jq & { kind: "call" }, scope: JqScope, input: Cell, context: JqContext): Generator<Cell> {
  const { name } = node;
  const arity = node.arguments.length;
  for (let binding = scope.binding; binding !== null; binding = binding.next) {
    if (binding.name !== name) continue;
    if (binding.kind === "closure" && arity === 0) {
      const { body, scope: outer } = binding.closure;
      yield* evaluate(body, { ...outer, depth: deeper(Math.max(outer.depth, scope.depth)) }, input, context);
      return;
    }
    if (binding.kind === "function" && binding.parameters.length === arity) {
      yield* callFunction(binding, node.arguments, scope, input, context);
      return;
    }
  }
  const key = `${name}/${arity}`;
  const native = context.natives.get(key);
  const given = node.arguments.map((body): Closure => ({ body, scope }));
  if (native !== undefined) {
    yield* native(input, given, context);
    return;
  }
  const definition = context.definitions.get(key);
  if (definition === undefined) throw new JqError(`${key} is not defined`);
  yield* callFunction(definition, node.arguments, scope, input, context);
}

function* callFunction(
  definition: JqBinding & { kind: "function" },
  given: readonly Jq[],
  scope: JqScope,
  input: Cell,
  context: JqContext,
): Generator<Cell> {
  const depth = deeper(scope.depth);
  function* withParameters(index: number, binding: JqBinding | null): Generator<Cell> {
    const parameter = definition.parameters[index];
    if (parameter === undefined) {
      yield* evaluate(definition.body, { binding, depth }, input, context);
      return;
    }
    const closure = { body: given[index]!, scope };
    if (!parameter.startsWith("$")) {
      yield* withParameters(index + 1, { kind: "closure", name: parameter, closure, next: binding });
      return;
    }
    const name = parameter.slice(1);
    for (const value of valuesOf(closure, input.value, context)) {
      const literal = { body: { kind: "literal", value } as const, scope };
      const asFunction: JqBinding = { kind: "closure", name, closure: literal, next: binding };
      yield* withParameters(index + 1, { kind: "variable", name, value, next: asFunction });
    }
  }
  yield* withParameters(0, definition);
}

function checked(value: unknown, context: JqContext): unknown {
  if (typeof value === "string" && value.length > context.charactersMax) throw new JqError("The text is too long");
  return value;
}
