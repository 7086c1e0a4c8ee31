import { defineTask, isTruthy, renderedByTask, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

/** Fails unless all its conditions hold. */
export const assertTask = defineTask({
  type: "io.kestra.plugin.core.execution.Assert",
  title: "Assert conditions",
  properties: () =>
    z.object({
      conditions: renderedByTask(z.union([z.array(z.unknown()), z.string()])).describe(
        "Each must render to something else than nothing, `false`, `0` and `-0`.",
      ),
      errorMessage: text().optional().describe("Told behind the number of conditions that don't hold."),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Check a load",
      code:
        'id: verify\ntype: io.kestra.plugin.core.execution.Assert\nerrorMessage: The load is incomplete\nconditions:\n  - "{{ outputs.load.rows > 0 }}"\n' +
        '  - "{{ outputs.load.rows == outputs.extract.rows }}"\n',
    },
  ],
  async run({ properties: { conditions, errorMessage }, log, metric, render, evaluate }) {
    const list = typeof conditions === "string" ? ((await evaluate(conditions)) as readonly unknown[]) : conditions;
    let failed = 0;
    for (const [index, condition] of list.entries()) {
      const source = String(condition);
      const reason = await refutation(source, render);
      if (reason === undefined) continue;
      failed += 1;
      log.error(`Condition ${index + 1}, ${source}, does not hold: ${reason}`);
    }
    metric({ name: "success", type: "counter", value: list.length - failed });
    metric({ name: "failed", type: "counter", value: failed });
    if (failed === 0) return;
    const more = errorMessage === undefined ? "" : `\n${errorMessage}`;
    throw new TaskFailure(`${failed} assertion${failed === 1 ? "" : "s"} failed!${more}`);
  },
});

/** Why a condition does not hold, if so; one that can't be rendered does not. */
async function refutation(condition: string, render: (source: string) => Promise<string>): Promise<string | undefined> {
  try {
    const rendered = await render(condition);
    return isTruthy(rendered) ? undefined : `it rendered to "${rendered}"`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
