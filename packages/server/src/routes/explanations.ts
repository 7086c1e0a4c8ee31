import type { explanationRoutes } from "@capstan/api";
import type { Handlers } from "../mount.ts";
import { presentEntry, presentExplanation, presentTriggerExplanation } from "../presentation/explanation.ts";
import { presentPage, sliceOf } from "../requests/page.ts";
import type { Service } from "../service.ts";

export function explanationHandlers({ runtime }: Service): Handlers<typeof explanationRoutes> {
  const { executions, triggers } = runtime;
  return {
    getExecutionHistory: async ({ tenant, parameters: { executionId }, query }) => {
      const { entries } = await executions.history(tenant, executionId);
      const { results, total } = sliceOf(entries, query);
      return presentPage({ rows: results, total }, presentEntry);
    },
    explainExecution: async ({ tenant, parameters: { executionId } }) =>
      presentExplanation(await executions.explain(tenant, executionId)),
    explainTrigger: async ({ tenant, parameters, query }) =>
      presentTriggerExplanation(await triggers.explain({ tenant, ...parameters }, query.executionId)),
  };
}
