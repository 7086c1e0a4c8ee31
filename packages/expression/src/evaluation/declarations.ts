import type { BlockNode, MacroNode, Node } from "../syntax/ast.ts";

/** Macros and blocks of a template, wherever they stand in it. */
export interface Declarations {
  readonly macros: ReadonlyMap<string, MacroNode>;
  readonly blocks: ReadonlyMap<string, BlockNode>;
}

export function declarations(nodes: readonly Node[]): Declarations {
  const macros = new Map<string, MacroNode>();
  const blocks = new Map<string, BlockNode>();
  walk(nodes, (node) => {
    if (node.kind === "macro") macros.set(node.name, node);
    if (node.kind === "block") blocks.set(node.name, node);
  });
  return { macros, blocks };
}

/** All names that the template gives values to: by `set`, as loop variables and as parameters of macros. */
export function assignedNames(nodes: readonly Node[]): ReadonlySet<string> {
  const names = new Set<string>();
  walk(nodes, (node) => {
    if (node.kind === "set") names.add(node.variable);
    if (node.kind === "for") {
      names.add(node.variable);
      names.add("loop");
    }
    if (node.kind === "macro") for (const parameter of node.parameters) names.add(parameter.name);
  });
  return names;
}

function walk(nodes: readonly Node[], visit: (node: Node) => void): void {
  for (const node of nodes) {
    visit(node);
    if (node.kind === "if") {
      for (const branch of node.branches) walk(branch.body, visit);
      walk(node.otherwise, visit);
    } else if (node.kind === "for") {
      walk(node.body, visit);
      walk(node.otherwise, visit);
    } else if (node.kind === "macro" || node.kind === "block" || node.kind === "filter") {
      walk(node.body, visit);
    }
  }
}
