import { defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { deliverSteps, type Tally } from "./deliver.ts";
import { type Field, fieldsOf, withoutNulls } from "./projection.ts";
import { fields, from, resultOutputs, resultProperties } from "./record-properties.ts";
import { type Row, rowsOf } from "./sources.ts";

/** Makes a record of each record. */
export const map = defineTask({
  type: "io.kestra.plugin.transform.Map",
  title: "Make other fields of each record",
  description: "Fields are renamed, calculated and converted by expressions over the fields of a record.",
  properties: () =>
    z.object({
      from: from(),
      fields: fields().describe(
        "The fields of the result by name. Each is an expression, or a map of `expr`, `type` and `optional`.",
      ),
      keepOriginalFields: dynamic(z.boolean())
        .default(false)
        .describe("Whether the fields of the record are kept beside the new ones."),
      dropNulls: dynamic(z.boolean()).default(true).describe("Whether fields that hold nothing are left out."),
      onError: dynamic(z.enum(["FAIL", "SKIP", "NULL"]))
        .default("FAIL")
        .describe(
          "What a field that can't be made means: FAIL fails the task, SKIP leaves the record out, NULL makes the field null.",
        ),
      ...resultProperties(),
    }),
  outputs: resultOutputs,
  examples: [
    {
      title: "Rename, calculate and convert",
      code:
        'id: normalize\ntype: io.kestra.plugin.transform.Map\nfrom: "{{ outputs.query.uri }}"\nfields:\n  customer: user.id\n' +
        '  name: concat(user.first, " ", user.last)\n  total:\n    expr: sum(items[].price)\n    type: DECIMAL\n' +
        "  created:\n    expr: created_at\n    type: TIMESTAMP\n    optional: true\n",
    },
  ],
  async run(context) {
    const { from, fields, keepOriginalFields, dropNulls, onError, ...result } = context.properties;
    const made = fieldsOf(fields);
    const kept = (row: Row) => (keepOriginalFields ? row : {});
    const step = (row: Row, tally: Tally) => {
      const record = { ...kept(row), ...valuesOf(made, row, onError === "NULL" ? tally : undefined) };
      return [dropNulls ? withoutNulls(record) : record];
    };
    const delivery = { name: "map.ion", sources: [from], ...result };
    return deliverSteps(context, rowsOf(from, context.files), delivery, step, onError === "SKIP" ? () => [] : "FAIL");
  },
});

/** With a tally, what can't be made is null and counted there. */
function valuesOf(fields: readonly Field[], row: Row, failures: Tally | undefined): Record<string, unknown> {
  let isFailed = false;
  const values = fields.map(({ name, evaluate }): [string, unknown] => {
    try {
      return [name, evaluate(row) ?? null];
    } catch (error) {
      if (failures === undefined || !(error instanceof TaskFailure)) throw error;
      isFailed = true;
      return [name, null];
    }
  });
  if (isFailed) failures!.failed += 1;
  return Object.fromEntries(values);
}
