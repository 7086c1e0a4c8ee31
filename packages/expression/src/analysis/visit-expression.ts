import { bind } from "../evaluation/bind.ts";
import type { Parameter } from "../evaluation/definition.ts";
import { filters } from "../filters/registry.ts";
import { hostFunctions, type HostFunctionName } from "../functions/host.ts";
import { functions } from "../functions/registry.ts";
import { tests } from "../predicates/registry.ts";
import type { Expression, Invocation } from "../syntax/ast.ts";
import type { Problem } from "../syntax/tokens.ts";

/** A variable that is read. */
export interface Reference {
  /** Keys from the root on; null for one that is only known when it runs. */
  readonly path: readonly (string | number | null)[];
  readonly offset: number;
  readonly length: number;
  /** Whether its absence is forgiven: it stands under `??`, `???`, `default` or `is defined`. */
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
      visitGuarded(node.left, node.operator === "??" || node.operator === "???");
      visit(node.right);
      return;
    case "test":
      visitGuarded(node.operand, tests.get(node.test.name)?.takesUndefined === true);
      return;
    case "filter":
      visitGuarded(node.input, filters.get(node.filter.name)?.takesUndefined === true);
      visitFilter(node.filter, place, collector);
      return;
    case "call":
      visitCall(node.call, place, collector);
      return;
    case "conditional":
      visit(node.condition);
      visit(node.whenTrue);
      visit(node.whenFalse);
      return;
    default:
      node satisfies never;
  }
}

export function visitFilter(filter: Invocation, place: Place, collector: Collector): void {
  collector.uses.filters.push(useOf(filter));
  checkArguments("filter", filter, filters.get(filter.name)?.parameters, collector);
  for (const argument of filter.arguments) visitExpression(argument.value, place, collector);
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
  kind: "filter" | "function",
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
  const found = { path: [current.name, ...path], offset, length: end - offset, guarded: place.guarded };
  collector.uses.references.push(found);
}

function segmentOf(key: Expression): string | number | null {
  if (key.kind !== "literal") return null;
  return typeof key.value === "string" || typeof key.value === "number" ? key.value : null;
}

function useOf(invocation: Invocation): NamedUse {
  return { name: invocation.name, offset: invocation.nameOffset, length: invocation.name.length };
}
