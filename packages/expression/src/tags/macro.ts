import { ExpressionError } from "../errors.ts";
import type { Compiler, Evaluate } from "../evaluation/compiler.ts";
import { capture, enter, leave, withFrame } from "../evaluation/runtime.ts";
import type { Argument, Expression, MacroNode } from "../syntax/ast.ts";
import { parseExpression } from "../syntax/parse-expression.ts";
import { streamOf, type TokenStream } from "../syntax/token-stream.ts";
import type { Tag } from "./tag.ts";

/** `{% macro m(a, b='x') %}…{% endmacro %}`, called by `{{ m(1) }}` from anywhere in the template. */
export const macroTag: Tag = {
  name: "macro",
  summary:
    "Defines a text with arguments that is called like a function. It sees the root variables; the template's own only with `_context` as an argument.",
  example: ["{% macro m(a, b='x') %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }}", "1-x"],
  companions: ["endmacro"],
  read: (head, reader) => {
    const start = reader.attempt(() => readHead(streamOf(head.tokens)));
    const { nodes: body, ending } = reader.body(head, ["endmacro"]);
    const place = { offset: head.offset, end: ending?.end ?? head.end };
    return { kind: "macro", ...(start ?? { name: "", parameters: [] }), body, ...place };
  },
};

function readHead(stream: TokenStream): Pick<MacroNode, "name" | "parameters"> {
  const name = stream.expectName("the name of the macro");
  const parameters: { name: string; fallback?: Expression }[] = [];
  stream.expect("(");
  while (!stream.take(")")) {
    if (parameters.length > 0) stream.expect(",");
    const parameter = stream.expectName("the name of a parameter");
    parameters.push(stream.take("=") ? { name: parameter, fallback: parseExpression(stream) } : { name: parameter });
  }
  stream.expectEnd();
  return { name, parameters };
}

/** Returns what a call with these arguments evaluates to: the text of the body, which sees the roots and its parameters. */
export function compileMacroCall(
  node: MacroNode,
  given: readonly Argument[],
  compiler: Pick<Compiler, "expression">,
  body: Evaluate<void>,
): Evaluate {
  const isSurplus = (argument: Argument, index: number): boolean =>
    argument.name === undefined
      ? index >= node.parameters.length
      : !node.parameters.some((parameter) => parameter.name === argument.name);
  if (given.some(isSurplus)) {
    return () => {
      throw new ExpressionError("ARGUMENT", `The macro \`${node.name}\` has no parameter for every argument given`);
    };
  }
  // Compiled by the first call, because a fallback may call the macro itself.
  let compiled: readonly CompiledParameter[] | undefined;
  return (runtime) => {
    enter(runtime);
    try {
      compiled ??= node.parameters.map((parameter, index) => compileParameter(parameter, given, index, compiler));
      const values = new Map(compiled.map(({ name, value }) => [name, value?.(runtime) ?? null]));
      return withFrame(runtime, { values, isBarrier: true }, () => capture(runtime, body));
    } finally {
      leave(runtime);
    }
  };
}

interface CompiledParameter {
  readonly name: string;
  readonly value: Evaluate | undefined;
}

function compileParameter(
  { name, fallback }: MacroNode["parameters"][number],
  given: readonly Argument[],
  index: number,
  compiler: Pick<Compiler, "expression">,
): CompiledParameter {
  const positional = given[index]?.name === undefined ? given[index] : undefined;
  const expression = (positional ?? given.find((argument) => argument.name === name))?.value ?? fallback;
  return { name, value: expression === undefined ? undefined : compiler.expression(expression) };
}
