import { anyMap, defineTask, type JsonMap, text } from "@capstan/sdk";
import { z } from "zod";

/** Resumes a paused execution. */
export const resume = defineTask({
  type: "io.kestra.plugin.core.execution.Resume",
  title: "Resume a paused execution",
  deprecated: "Kestra replaces it by io.kestra.plugin.kestra.executions.Resume.",
  properties: () =>
    z.object({
      executionId: text().describe("The paused execution."),
      namespace: text().optional().describe("Namespace of its flow; the id alone is enough."),
      flowId: text().optional().describe("Its flow; the id alone is enough."),
      inputs: anyMap().optional().describe("Values for the inputs that the Pause asks for."),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Approve another execution",
      code:
        'id: approve\ntype: io.kestra.plugin.core.execution.Resume\nexecutionId: "{{ inputs.executionId }}"\n' +
        "inputs:\n  approved: true\n",
    },
  ],
  async run({ properties: { executionId, inputs }, services }) {
    await services.executions.resume(executionId, inputs as JsonMap | undefined);
  },
});
