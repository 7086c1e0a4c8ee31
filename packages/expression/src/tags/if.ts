import type { Compiler, Execute } from "../evaluation/compiler.ts";
import { spend } from "../evaluation/runtime.ts";
import type { Expression, IfNode, Node } from "../syntax/ast.ts";
import { parseExpression } from "../syntax/parse-expression.ts";
import { streamOf } from "../syntax/token-stream.ts";
import { isTrue } from "../values/truth.ts";
import type { Tag, TagSegment, TemplateReader } from "./tag.ts";

/** `{% if a %}…{% elseif b %}…{% else %}…{% endif %}` */
export const ifTag: Tag = {
  name: "if",
  summary: "Renders the first body whose condition holds, or the body behind `else`.",
  example: ["{% if 1 > 2 %}a{% elseif 2 > 1 %}b{% else %}c{% endif %}", "b"],
  companions: ["elseif", "else", "endif"],
  read: (head, reader) => {
    const branches: { condition: Expression; body: readonly Node[] }[] = [];
    let otherwise: readonly Node[] = [];
    let segment: TagSegment | undefined = head;
    while (segment !== undefined && segment.name !== "endif") {
      const isLast: boolean = segment.name === "else";
      const condition = isLast ? undefined : readCondition(segment, reader);
      const { nodes, ending } = reader.body(head, isLast ? ["endif"] : ["elseif", "else", "endif"]);
      if (condition === undefined) otherwise = nodes;
      else branches.push({ condition, body: nodes });
      segment = ending;
    }
    return { kind: "if", branches, otherwise, offset: head.offset, end: segment?.end ?? head.end };
  },
};

function readCondition(segment: TagSegment, reader: TemplateReader): Expression {
  const condition = reader.attempt(() => {
    const stream = streamOf(segment.tokens);
    const result = parseExpression(stream);
    stream.expectEnd();
    return result;
  });
  return condition ?? { kind: "literal", value: false, offset: segment.offset, end: segment.end };
}

export function compileIf(node: IfNode, compiler: Compiler): Execute {
  const branches = node.branches.map((branch) => ({
    condition: compiler.expression(branch.condition),
    body: compiler.body(branch.body),
  }));
  const otherwise = compiler.body(node.otherwise);
  return (runtime) => {
    for (const branch of branches) {
      spend(runtime, 1);
      if (isTrue(branch.condition(runtime), "`if`")) return branch.body(runtime);
    }
    return otherwise(runtime);
  };
}
