import { declarations } from "../evaluation/declarations.ts";
import type { Node } from "../syntax/ast.ts";
import { type Collector, type Place, type Uses, visitExpression, visitFilter } from "./visit-expression.ts";

/** What a template reads and calls. */
export function collectUses(nodes: readonly Node[]): Uses {
  const uses: Uses = { references: [], filters: [], functions: [], problems: [] };
  const { macros } = declarations(nodes);
  visitNodes(nodes, { locals: new Set(), guarded: false }, { uses, macros: new Set(macros.keys()) });
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
      for (const branch of node.branches) {
        visitExpression(branch.condition, place, collector);
        visitNodes(branch.body, place, collector);
      }
      visitNodes(node.otherwise, place, collector);
      return;
    case "for":
      visitExpression(node.list, place, collector);
      visitNodes(node.body, inside([...place.locals, node.variable, "loop"]), collector);
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

function inside(locals: readonly string[]): Place {
  return { guarded: false, locals: new Set(locals) };
}
