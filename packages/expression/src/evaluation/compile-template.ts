import { locate } from "../errors.ts";
import type { BlockNode, Expression, MacroNode, Node } from "../syntax/ast.ts";
import { compileBlockCall } from "../tags/block.ts";
import { compileFilterTag } from "../tags/filter.ts";
import { compileFor } from "../tags/for.ts";
import { compileIf } from "../tags/if.ts";
import { compileMacroCall } from "../tags/macro.ts";
import { compileSet } from "../tags/set.ts";
import {
  type CallCompiler,
  compileCall,
  compileFilter,
  compileFilterOn,
  compileMethod,
  compileTest,
} from "./compile-call.ts";
import {
  compileBinary,
  compileCollection,
  compileConditional,
  compileInterpolation,
  compilePath,
  compilePathLookup,
  compileUnary,
  type ExpressionCompiler,
  forgiving,
} from "./compile-expression.ts";
import type { Compiler, Evaluate, Execute } from "./compiler.ts";
import { write } from "./runtime.ts";
import { assignedNames, declarations } from "./declarations.ts";

/** Compiles the nodes of one template. The closures keep no state: one template may be rendered many times at once. */
export function createCompiler(source: string, nodes: readonly Node[]): Compiler {
  const { macros, blocks } = declarations(nodes);
  const bodies = new Map<MacroNode | BlockNode, Execute>();

  // A macro or block may call itself, so its body is compiled when it is needed first.
  const bodyOf =
    (node: MacroNode | BlockNode): Execute =>
    (runtime) => {
      let body = bodies.get(node);
      if (body === undefined) {
        body = compiler.body(node.body);
        bodies.set(node, body);
      }
      body(runtime);
    };

  const compiler: Compiler & ExpressionCompiler & CallCompiler = {
    source,
    assigned: assignedNames(nodes),
    expression: (node) => compileExpression(node, compiler),
    lookup: (node) => compileLookup(node, compiler),
    filter: (filter, input) => compileFilter(filter, input, compiler),
    body: (body) => sequence(body.map((node) => compileNode(node, compiler, bodyOf))),
    macro: (name, given) => {
      const macro = macros.get(name);
      return macro === undefined ? undefined : compileMacroCall(macro, given, compiler, bodyOf(macro));
    },
    block: (call) => {
      const name = call.arguments[0]?.value;
      const key = name?.kind === "literal" && typeof name.value === "string" ? name.value : undefined;
      const block = key === undefined ? undefined : blocks.get(key);
      return compileBlockCall(block === undefined ? undefined : bodyOf(block));
    },
  };
  return compiler;
}

function compileNode(node: Node, compiler: Compiler, bodyOf: (node: BlockNode) => Execute): Execute {
  switch (node.kind) {
    case "text":
      return (runtime) => write(runtime, node.text);
    case "raw":
      return (runtime) => write(runtime, runtime.keepsRaw ? node.source : node.text);
    case "print":
      return compilePrint(node.expression, node.offset, compiler);
    case "if":
      return compileIf(node, compiler);
    case "for":
      return compileFor(node, compiler);
    case "set":
      return compileSet(node, compiler);
    case "macro":
      return () => undefined;
    case "block":
      return bodyOf(node);
    case "filter":
      return compileFilterTag(node, compiler);
    default:
      return node satisfies never;
  }
}

function compilePrint(expression: Expression, offset: number, compiler: Compiler): Execute {
  const value = compiler.expression(expression);
  return (runtime) => {
    try {
      write(runtime, value(runtime));
    } catch (error) {
      throw locate(error, compiler.source, offset);
    }
  };
}

function sequence(parts: readonly Execute[]): Execute {
  const [first] = parts;
  if (first === undefined) return () => undefined;
  if (parts.length === 1) return first;
  return (runtime) => {
    for (const part of parts) part(runtime);
  };
}

function compileExpression(node: Expression, compiler: ExpressionCompiler & CallCompiler): Evaluate {
  switch (node.kind) {
    case "literal": {
      const { value } = node;
      return () => value;
    }
    case "interpolation":
      return compileInterpolation(node, compiler);
    case "name":
    case "member":
      return compilePath(node, compiler);
    case "list":
    case "map":
      return compileCollection(node, compiler);
    case "unary":
      return compileUnary(node, compiler);
    case "binary":
      return compileBinary(node, compiler);
    case "conditional":
      return compileConditional(node, compiler);
    case "test":
      return compileTest(node, compiler);
    case "filter":
      return compileFilterOn(node, compiler);
    case "call":
      return compileCall(node.call, compiler);
    case "method":
      return compileMethod(node, compiler);
    default:
      return node satisfies never;
  }
}

function compileLookup(node: Expression, compiler: ExpressionCompiler & CallCompiler): Evaluate {
  if (node.kind === "name" || node.kind === "member") return compilePathLookup(node, compiler);
  return forgiving(compiler.expression(node));
}
