import type { Compiler, Execute } from "../evaluation/compiler.ts";
import { capture, write } from "../evaluation/runtime.ts";
import type { FilterNode, Invocation } from "../syntax/ast.ts";
import { parseInvocation } from "../syntax/parse-expression.ts";
import { streamOf } from "../syntax/token-stream.ts";
import type { Tag } from "./tag.ts";

/** `{% filter upper | trim %}…{% endfilter %}`: the text of the body goes through the filters. */
export const filterTag: Tag = {
  name: "filter",
  summary: "Sends its body through filters.",
  example: ["{% filter upper %}a{{ 'b' }}{% endfilter %}", "AB"],
  companions: ["endfilter"],
  read: (head, reader) => {
    const filters = reader.attempt(() => {
      const stream = streamOf(head.tokens);
      const result: Invocation[] = [];
      do result.push(parseInvocation(stream, "filter"));
      while (stream.take("|"));
      stream.expectEnd();
      return result;
    });
    const { nodes: body, ending } = reader.body(head, ["endfilter"]);
    return { kind: "filter", filters: filters ?? [], body, offset: head.offset, end: ending?.end ?? head.end };
  },
};

export function compileFilterTag(node: FilterNode, compiler: Compiler): Execute {
  const body = compiler.body(node.body);
  const text = (runtime: Parameters<Execute>[0]): string => capture(runtime, body);
  const filtered = node.filters.reduce(
    (input, filter) => compiler.filter(filter, input),
    text as ReturnType<Compiler["expression"]>,
  );
  return (runtime) => write(runtime, filtered(runtime));
}
