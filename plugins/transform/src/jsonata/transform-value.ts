import { anyValue, defineTask } from "@capstan/sdk";
import { z } from "zod";
import { readExpression } from "./evaluator.ts";
import { jsonataProperties, LANGUAGE } from "./jsonata-properties.ts";

/** Makes a value of a value. */
export const transformValue = defineTask({
  type: "io.kestra.plugin.transform.jsonata.TransformValue",
  title: "Query or transform a value with JSONata",
  description: LANGUAGE,
  properties: () =>
    z.object({
      from: anyValue().describe("The value: JSON as a text, or a map or a list."),
      ...jsonataProperties(),
    }),
  outputs: () => z.object({ value: z.unknown().describe("What the expression makes of it; null for nothing.") }),
  examples: [
    {
      title: "Sum up a response",
      code: 'id: total\ntype: io.kestra.plugin.transform.jsonata.TransformValue\nfrom: "{{ outputs.request.body }}"\nexpression: $sum(products.(price * quantity))\n',
    },
  ],
  async run(context) {
    const { from, expression, maxDepth } = context.properties;
    const evaluate = await readExpression(expression, { maxDepth }, context.signal);
    return { value: await evaluate(valueOf(from)) };
  },
});

/** What a text is the JSON of; a text that is none is itself the value. */
function valueOf(from: unknown): unknown {
  if (typeof from !== "string") return from;
  try {
    return JSON.parse(from);
  } catch {
    return from;
  }
}
