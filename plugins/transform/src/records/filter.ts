import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { deliverSteps } from "./deliver.ts";
import { conditionOf } from "./projection.ts";
import { from, resultOutputs, resultProperties } from "./record-properties.ts";
import { type Row, rowsOf } from "./sources.ts";

/** Keeps the records for which a condition holds. */
export const filter = defineTask({
  type: "io.kestra.plugin.transform.Filter",
  title: "Keep some records",
  properties: () =>
    z.object({
      from: from(),
      where: text().describe(
        'The condition: an expression over the fields of a record, such as `total > 100 && country in ("FR", "DE")`.',
      ),
      onError: dynamic(z.enum(["FAIL", "SKIP", "KEEP"]))
        .default("FAIL")
        .describe(
          "What a record means for which the condition is neither true nor false: FAIL fails the task, SKIP leaves it out, KEEP keeps it.",
        ),
      ...resultProperties(),
    }),
  outputs: resultOutputs,
  examples: [
    {
      title: "Keep what was paid",
      code: 'id: paid\ntype: io.kestra.plugin.transform.Filter\nfrom: "{{ outputs.query.uri }}"\nwhere: status == "paid" && coalesce(total, 0) > 100\n',
    },
  ],
  async run(context) {
    const { from, where, onError, ...result } = context.properties;
    const holds = conditionOf(where);
    const delivery = { name: "filter.ion", sources: [from], ...result };
    const instead = onError === "FAIL" ? onError : (row: Row) => (onError === "KEEP" ? [row] : []);
    return deliverSteps(context, rowsOf(from, context.files), delivery, (row) => (holds(row) ? [row] : []), instead);
  },
});
