import { ExpressionError } from "../errors.ts";
import type { Evaluate, Execute } from "../evaluation/compiler.ts";
import { capture, enter, leave } from "../evaluation/runtime.ts";
import { abortAt } from "../syntax/tokens.ts";
import { streamOf } from "../syntax/token-stream.ts";
import type { Tag } from "./tag.ts";

/** `{% block "n" %}…{% endblock %}`: renders in place, and again wherever `{{ block("n") }}` stands. */
export const blockTag: Tag = {
  name: "block",
  summary: "Renders its body, which `block(name)` renders again.",
  example: ["{% block 'n' %}x{% endblock %}{{ block('n') }}", "xx"],
  companions: ["endblock"],
  read: (head, reader) => {
    const name = reader.attempt(() => {
      const stream = streamOf(head.tokens);
      const token = stream.current();
      if (token.kind !== "name" && token.kind !== "string") abortAt(token, "Expected the name of the block");
      stream.advance();
      stream.expectEnd();
      return token.text;
    });
    const { nodes: body, ending } = reader.body(head, ["endblock"]);
    return { kind: "block", name: name ?? "", body, offset: head.offset, end: ending?.end ?? head.end };
  },
};

/** The text of a block; an error when the call names none. */
export function compileBlockCall(body: Execute | undefined): Evaluate {
  if (body === undefined) {
    return () => {
      throw new ExpressionError("ARGUMENT", "`block` needs the name of a block of this template");
    };
  }
  return (runtime) => {
    enter(runtime);
    try {
      return capture(runtime, body);
    } finally {
      leave(runtime);
    }
  };
}
