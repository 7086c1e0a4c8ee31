import { defineTask, dynamic, isTruthy, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

/** Fails unless all its conditions hold. */
export const assertTask = defineTask({
  type: "io.kestra.plugin.core.execution.Assert",
  title: "Assert conditions",
  properties: z.object({
    conditions: dynamic(z.array(text())).describe(
      "Each must render to something else than nothing, `false`, `0` and `-0`.",
    ),
    errorMessage: text().optional().describe("Logged when a condition doesn't hold."),
  }),
  outputs: z.object({}),
  examples: [
    {
      title: "Check a load",
      code:
        'id: verify\ntype: io.kestra.plugin.core.execution.Assert\nerrorMessage: The load is incomplete\nconditions:\n  - "{{ outputs.load.rows > 0 }}"\n' +
        '  - "{{ outputs.load.rows == outputs.extract.rows }}"\n',
    },
  ],
  runInline({ properties: { conditions, errorMessage }, log, metric }) {
    const failures = conditions.flatMap((rendered, index) => (isTruthy(rendered) ? [] : [{ index, rendered }]));
    metric({ name: "success", type: "counter", value: conditions.length - failures.length });
    metric({ name: "failed", type: "counter", value: failures.length });
    if (failures.length === 0) return;
    for (const { index, rendered } of failures)
      log.error(`Condition ${index + 1} does not hold: it rendered to "${rendered}"`);
    if (errorMessage !== undefined) log.error(errorMessage);
    throw new TaskFailure(`${failures.length} assertion(s) failed!`);
  },
});
