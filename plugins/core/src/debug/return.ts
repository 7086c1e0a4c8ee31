import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";

/** Answers its text, once rendered. */
export const returnTask = defineTask({
  type: "io.kestra.plugin.core.debug.Return",
  aliases: ["io.kestra.core.tasks.debugs.Return"],
  title: "Return a value",
  description: "For debugging: shows what an expression renders to. The output is absent when there is no `format`.",
  properties: () => z.object({ format: text().optional().describe("Text to render and return.") }),
  outputs: () => z.object({ value: z.string().optional().describe("The rendered text.") }),
  examples: [
    {
      title: "Return the start of the execution",
      code: 'id: when\ntype: io.kestra.plugin.core.debug.Return\nformat: "{{ execution.startDate }}"\n',
    },
  ],
  runInline({ properties: { format }, metric, now }) {
    const start = now();
    metric({ name: "length", type: "counter", value: format?.length ?? 0 });
    metric({ name: "duration", type: "timer", value: now() - start });
    return format === undefined ? {} : { value: format };
  },
});
