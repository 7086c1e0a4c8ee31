import type { Compiler, Execute } from "../evaluation/compiler.ts";
import { assign } from "../evaluation/runtime.ts";
import type { SetNode } from "../syntax/ast.ts";
import { parseExpression } from "../syntax/parse-expression.ts";
import { streamOf } from "../syntax/token-stream.ts";
import type { Tag } from "./tag.ts";

/** `{% set x = e %}`: visible to the end of the template, a surrounding loop or macro. */
export const setTag: Tag = {
  name: "set",
  summary: "Gives a variable of the template a value.",
  example: ["{% set x = 1 + 1 %}{{ x }}", "2"],
  companions: [],
  read: (head) => {
    const stream = streamOf(head.tokens);
    const variable = stream.expectName("the name of a variable");
    stream.expect("=", "An assignment is written `set x = value`.");
    const value = parseExpression(stream);
    stream.expectEnd();
    return { kind: "set", variable, value, offset: head.offset, end: head.end };
  },
};

export function compileSet(node: SetNode, compiler: Compiler): Execute {
  const value = compiler.expression(node.value);
  return (runtime) => assign(runtime, node.variable, value(runtime));
}
