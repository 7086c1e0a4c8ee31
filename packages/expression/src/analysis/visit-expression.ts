import { bind } from "../evaluation/bind.ts";
import type { Parameter } from "../evaluation/definition.ts";
import { TEMPLATE_CONTEXT } from "../evaluation/runtime.ts";
import { filters } from "../filters/registry.ts";
import { hostFunctions, type HostFunctionName } from "../functions/host.ts";
import { functions } from "../functions/registry.ts";
import { methodNamed } from "../methods/registry.ts";
import { tests } from "../predicates/registry.ts";
import type { Expression, Invocation } from "../syntax/ast.ts";
import type { Problem } from "../syntax/tokens.ts";

/** A variable that is read. */
export interface Reference {
  /** Keys from the root on; null for one that is only known when it runs. */
  readonly path: readonly (string | number | null)[];
  readonly offset: number;
  readonly length: number;
  /**
   * Whether its absence is forgiven: it stands under `??`, `???`, `default` or `is defined`, or where such a question
   * about it or its neighbours has been asked before: `{% if a.b is defined %}{{ a.b.c }}`.
   */
  readonly guarded: boolean;
}

/** A filter or function called by name. */
export interface NamedUse {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

export interface Uses {
  readonly references: Reference[];
  readonly filters: NamedUse[];
  readonly functions: NamedUse[];
  readonly tests: NamedUse[];
  readonly problems: Problem[];
}

/** Where uses are collected, and the names of the template's macros. */
export interface Collector {
  readonly uses: Uses;
  readonly macros: ReadonlySet<string>;
}

/** What an expression is within: the template's variables that hide roots, and whether absence is forgiven. */
export interface Place {
  readonly locals: Set<string>;
  readonly guarded: boolean;
  /** What was asked for before; see `subjectOf`. */
  readonly asked: ReadonlySet<string>;
}

/** What a question such as `outputs.a.value is defined` is about: the root and the first key behind it. */
export function subjectOf(path: Reference["path"]): string {
  return JSON.stringify(path.slice(0, 2));
}

/** Visits an expression; what is reached only after it knows what it asked for. */
export function visitFirst(expression: Expression, place: Place, collector: Collector): Place {
  const { references } = collector.uses;
  const before = references.length;
  visitExpression(expression, place, collector);
  const asked = references.slice(before).flatMap(({ guarded, path }) => (guarded ? [subjectOf(path)] : []));
  return asked.length === 0 ? place : { ...place, asked: new Set([...place.asked, ...asked]) };
}

export function visitExpression(node: Expression, place: Place, collector: Collector): void {
  const visit = (expression: Expression): void => visitExpression(expression, place, collector);
  const visitGuarded = (expression: Expression, isGuarded: boolean): void =>
    visitExpression(expression, isGuarded ? { ...place, guarded: true } : place, collector);
  switch (node.kind) {
    case "literal":
      return;
    case "interpolation":
      for (const part of node.parts) visit(part);
      return;
    case "name":
    case "member":
      visitPath(node, place, collector);
      return;
    case "list":
      for (const item of node.items) visit(item);
      return;
    case "map":
      for (const { key, value } of node.entries) {
        visit(key);
        visit(value);
      }
      return;
    case "unary":
      visit(node.operand);
      return;
    case "binary":
      visitBinary(node, place, collector);
      return;
    case "test":
      collector.uses.tests.push(useOf(node.test));
      visitGuarded(node.operand, tests.get(node.test.name)?.takesUndefined === true);
      return;
    case "filter":
      visitGuarded(node.input, filters.get(node.filter.name)?.takesUndefined === true);
      visitFilter(node.filter, place, collector);
      return;
    case "call":
      visitCall(node.call, place, collector);
      return;
    case "method":
      visit(node.target);
      visitMethod(node.method, place, collector);
      return;
    case "conditional": {
      const reached = visitFirst(node.condition, place, collector);
      visitExpression(node.whenTrue, reached, collector);
      visitExpression(node.whenFalse, reached, collector);
      return;
    }
    default:
      node satisfies never;
  }
}

function visitBinary(node: Expression & { kind: "binary" }, place: Place, collector: Collector): void {
  const { operator, left, right } = node;
  if (operator === "and" || operator === "or") {
    visitExpression(right, visitFirst(left, place, collector), collector);
    return;
  }
  const isGuarded = operator === "??" || operator === "???";
  visitExpression(left, isGuarded ? { ...place, guarded: true } : place, collector);
  visitExpression(right, place, collector);
}

export function visitFilter(filter: Invocation, place: Place, collector: Collector): void {
  collector.uses.filters.push(useOf(filter));
  checkArguments("filter", filter, filters.get(filter.name)?.parameters, collector);
  for (const argument of filter.arguments) visitExpression(argument.value, place, collector);
}

function visitMethod(method: Invocation, place: Place, collector: Collector): void {
  checkArguments("method", method, methodNamed(method.name)?.parameters, collector);
  for (const argument of method.arguments) visitExpression(argument.value, place, collector);
}

function visitCall(call: Invocation, place: Place, collector: Collector): void {
  for (const argument of call.arguments) visitExpression(argument.value, place, collector);
  const definition = functions.get(call.name);
  if (definition === undefined && collector.macros.has(call.name)) return;
  collector.uses.functions.push(useOf(call));
  checkArguments("function", call, definition?.parameters ?? hostParameters(call.name), collector);
}

function hostParameters(name: string): readonly Parameter[] | undefined {
  return Object.hasOwn(hostFunctions, name) ? hostFunctions[name as HostFunctionName].parameters : undefined;
}

function checkArguments(
  kind: "filter" | "function" | "method",
  { name, nameOffset, arguments: given }: Invocation,
  parameters: readonly Parameter[] | undefined,
  collector: Collector,
): void {
  if (parameters === undefined) return;
  const { problem } = bind(`The ${kind} \`${name}\``, parameters, given);
  if (problem !== undefined)
    collector.uses.problems.push({ message: problem, offset: nameOffset, length: name.length });
}

function visitPath(node: Expression & { kind: "name" | "member" }, place: Place, collector: Collector): void {
  const path: (string | number | null)[] = [];
  let current: Expression = node;
  while (current.kind === "member") {
    path.unshift(segmentOf(current.key));
    visitExpression(current.key, place, collector);
    current = current.target;
  }
  if (current.kind !== "name") {
    visitExpression(current, place, collector);
    return;
  }
  if (place.locals.has(current.name)) return;
  const { offset, end } = node;
  const isOfContext = current.name === TEMPLATE_CONTEXT;
  if (isOfContext && (typeof path[0] !== "string" || place.locals.has(path[0]))) return;
  const whole = isOfContext ? path : [current.name, ...path];
  // Which variables the template itself has where a macro is called is only known when it runs.
  const guarded =
    isOfContext || place.guarded || place.asked.has(subjectOf(whole)) || place.asked.has(subjectOf([current.name]));
  const found = { path: whole, offset, length: end - offset, guarded };
  collector.uses.references.push(found);
}

function segmentOf(key: Expression): string | number | null {
  if (key.kind !== "literal") return null;
  return typeof key.value === "string" || typeof key.value === "number" ? key.value : null;
}

function useOf(invocation: Invocation): NamedUse {
  return { name: invocation.name, offset: invocation.nameOffset, length: invocation.name.length };
}
