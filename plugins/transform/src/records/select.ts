import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { deliverSteps } from "./deliver.ts";
import { conditionOf, fieldsOf, withoutNulls } from "./projection.ts";
import { fields, inputs, resultOutputs, resultProperties } from "./record-properties.ts";
import { alignedRows, type Row } from "./sources.ts";

/** Joins the records of several sources by their place, keeps some, and makes others of them. */
export const select = defineTask({
  type: "io.kestra.plugin.transform.Select",
  title: "Join records by their place",
  description:
    "The first records of all sources make the first row, and so on. Expressions name fields of the row, in which later sources win, or those of one source: `$1.amount`.",
  properties: () =>
    z.object({
      inputs: inputs(1),
      where: text()
        .optional()
        .describe("The rows to keep: a condition such as `$1.amount > 100 && $2.active`. Without it all are."),
      fields: fields()
        .optional()
        .describe(
          "The fields of the result by name: an expression, or a map of `expr`, `type` and `optional`. Without it all fields.",
        ),
      keepInputFields: dynamic(z.array(z.int()))
        .default([])
        .describe("The sources, counted from 1, whose fields are kept beside those of `fields`."),
      dropNulls: dynamic(z.boolean()).default(true).describe("Whether fields that hold nothing are left out."),
      onLengthMismatch: dynamic(z.enum(["FAIL", "SKIP"]))
        .default("FAIL")
        .describe("What sources of different lengths mean: FAIL fails the task, SKIP ends with the shortest one."),
      onError: dynamic(z.enum(["FAIL", "SKIP", "KEEP"]))
        .default("FAIL")
        .describe(
          "What a row that can't be made means: FAIL fails the task, SKIP leaves it out, KEEP keeps all of its fields.",
        ),
      ...resultProperties(),
    }),
  outputs: resultOutputs,
  examples: [
    {
      title: "Join scores to orders",
      code:
        'id: scored\ntype: io.kestra.plugin.transform.Select\ninputs:\n  - "{{ outputs.orders.records }}"\n  - "{{ outputs.scores.records }}"\n' +
        "where: $1.amount > 100 && $2.score > 0.8\nfields:\n  order: $1.id\n  score: $2.score\n",
    },
  ],
  async run(context) {
    const { inputs, where, fields, keepInputFields, dropNulls, onLengthMismatch, onError, ...result } =
      context.properties;
    const outside = keepInputFields.find((number) => number < 1 || number > inputs.length);
    if (outside !== undefined)
      throw new TaskFailure(
        `\`keepInputFields\` names source ${outside}, and there are ${inputs.length}: count from 1.`,
      );
    const holds = where === undefined || where.trim() === "" ? () => true : conditionOf(where);
    const made = fields === undefined || Object.keys(fields).length === 0 ? undefined : fieldsOf(fields);
    const finished = (row: Row) => [dropNulls ? withoutNulls(row) : row];
    const step = (sources: readonly Row[]) => {
      const row = merged(sources);
      const scope = { ...row, ...Object.fromEntries(sources.map((source, index) => [`$${index + 1}`, source])) };
      if (!holds(scope)) return [];
      if (made === undefined) return finished(row);
      const values = made.map(({ name, evaluate }): [string, unknown] => [name, evaluate(scope) ?? null]);
      return finished({
        ...merged(keepInputFields.map((number) => sources[number - 1]!)),
        ...Object.fromEntries(values),
      });
    };
    const instead = (sources: readonly Row[]) => (onError === "KEEP" ? finished(merged(sources)) : []);
    const rows = alignedRows(inputs, context.files, onLengthMismatch === "SKIP");
    const delivery = { name: "select.ion", sources: inputs, ...result };
    return deliverSteps(context, rows, delivery, step, onError === "FAIL" ? onError : instead);
  },
});

function merged(sources: readonly Row[]): Row {
  return Object.fromEntries(sources.flatMap((source) => Object.entries(source)));
}
