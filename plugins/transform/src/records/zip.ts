import { defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { deliverSteps } from "./deliver.ts";
import { inputs, resultOutputs, resultProperties } from "./record-properties.ts";
import { alignedRows, type Row } from "./sources.ts";

/** Makes one record of those that have the same place. */
export const zip = defineTask({
  type: "io.kestra.plugin.transform.Zip",
  title: "Merge records by their place",
  properties: () =>
    z.object({
      inputs: inputs(2),
      onError: dynamic(z.enum(["FAIL", "SKIP"]))
        .default("FAIL")
        .describe("What records that can't be merged mean: FAIL fails the task, SKIP leaves them out."),
      onConflict: dynamic(z.enum(["FAIL", "LEFT", "RIGHT"]))
        .default("FAIL")
        .describe(
          "What a field in several sources means: FAIL is a failure of the record, LEFT keeps the first value, RIGHT the last.",
        ),
      ...resultProperties(),
    }),
  outputs: resultOutputs,
  examples: [
    {
      title: "Put two lists side by side",
      code: 'id: zip\ntype: io.kestra.plugin.transform.Zip\ninputs:\n  - "{{ outputs.orders.records }}"\n  - "{{ outputs.labels.records }}"\nonConflict: RIGHT\n',
    },
  ],
  async run(context) {
    const { inputs, onError, onConflict, ...result } = context.properties;
    const rows = alignedRows(inputs, context.files, false);
    const delivery = { name: "zip.ion", sources: inputs, ...result };
    const step = (sources: readonly Row[]) => [zipped(sources, onConflict)];
    return deliverSteps(context, rows, delivery, step, onError === "SKIP" ? () => [] : onError);
  },
});

function zipped(sources: readonly Row[], onConflict: "FAIL" | "LEFT" | "RIGHT"): Row {
  const fields = new Map<string, unknown>();
  for (const source of sources) {
    for (const [name, value] of Object.entries(source)) {
      if (fields.has(name) && onConflict === "LEFT") continue;
      if (fields.has(name) && onConflict === "FAIL")
        throw new TaskFailure(
          `several sources have a field ${name}. Choose one with \`onConflict: LEFT\` or \`RIGHT\``,
        );
      fields.set(name, value);
    }
  }
  return Object.fromEntries(fields);
}
