import { defineTask, isTruthy, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

/** Fails, always or when its condition holds. */
export const fail = defineTask({
  type: "io.kestra.plugin.core.execution.Fail",
  aliases: ["io.kestra.core.tasks.executions.Fail"],
  title: "Fail the execution",
  properties: () =>
    z.object({
      condition: text()
        .optional()
        .describe("Fail only if this renders to something else than nothing, `false`, `0` and `-0`."),
      errorMessage: text().default("Task failure").describe("The reason shown."),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Fail for a wrong input",
      code:
        'id: check\ntype: io.kestra.plugin.core.execution.Fail\ncondition: "{{ inputs.rows < 1 }}"\n' +
        "errorMessage: There are no rows to load\n",
    },
  ],
  runInline({ properties: { condition, errorMessage }, log }) {
    if (condition === undefined) throw new TaskFailure(errorMessage);
    if (!isTruthy(condition)) return;
    log.error(errorMessage);
    throw new TaskFailure("Fail on a condition");
  },
});
