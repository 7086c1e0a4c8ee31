import { anyMap, defineTask } from "@capstan/sdk";
import { z } from "zod";

/** Makes values readable as outputs of one task. */
export const outputValues = defineTask({
  type: "io.kestra.plugin.core.output.OutputValues",
  title: "Give values as outputs",
  properties: () =>
    z.object({
      values: anyMap().optional().describe("The outputs by name; strings are rendered, other values are kept."),
    }),
  outputs: () => z.object({ values: z.record(z.string(), z.unknown()).describe("The rendered values.") }),
  examples: [
    {
      title: "Name two values for later tasks",
      code: 'id: names\ntype: io.kestra.plugin.core.output.OutputValues\nvalues:\n  table: "{{ inputs.table }}"\n  rows: 10\n',
    },
  ],
  runInline: ({ properties: { values = {} } }) => ({ values }),
});
