import { declarations } from "../evaluation/declarations.ts";
import type { Node } from "../syntax/ast.ts";
import { type Collector, type Place, type Uses, visitExpression, visitFilter, visitFirst } from "./visit-expression.ts";

/** What a template reads and calls. */
export function collectUses(nodes: readonly Node[]): Uses {
  const uses: Uses = { references: [], filters: [], functions: [], tests: [], problems: [] };
  const { macros } = declarations(nodes);
  visitNodes(nodes, inside([]), { uses, macros: new Set(macros.keys()) });
  return uses;
}

function visitNodes(nodes: readonly Node[], place: Place, collector: Collector): void {
  for (const node of nodes) visitNode(node, place, collector);
}

function visitNode(node: Node, place: Place, collector: Collector): void {
  switch (node.kind) {
    case "text":
    case "raw":
      return;
    case "print":
      visitExpression(node.expression, place, collector);
      return;
    case "if":
      visitIf(node, place, collector);
      return;
    case "for":
      visitExpression(node.list, place, collector);
      visitNodes(node.body, inside([...place.locals, node.variable, "loop"], place.asked), collector);
      visitNodes(node.otherwise, place, collector);
      return;
    case "set":
      visitExpression(node.value, place, collector);
      place.locals.add(node.variable);
      return;
    case "macro":
      for (const { fallback } of node.parameters) {
        if (fallback !== undefined) visitExpression(fallback, place, collector);
      }
      // A macro doesn't see the variables around it.
      visitNodes(node.body, inside(node.parameters.map(({ name }) => name)), collector);
      return;
    case "block":
      visitNodes(node.body, place, collector);
      return;
    case "filter":
      for (const filter of node.filters) visitFilter(filter, place, collector);
      visitNodes(node.body, place, collector);
      return;
    default:
      node satisfies never;
  }
}

function visitIf(node: Node & { kind: "if" }, place: Place, collector: Collector): void {
  let reached = place;
  for (const { condition, body } of node.branches) {
    reached = visitFirst(condition, reached, collector);
    visitNodes(body, reached, collector);
  }
  visitNodes(node.otherwise, reached, collector);
}

function inside(locals: readonly string[], asked: ReadonlySet<string> = new Set()): Place {
  return { guarded: false, locals: new Set(locals), asked };
}
