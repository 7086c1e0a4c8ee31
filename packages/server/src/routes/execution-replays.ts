import type { executionRoutes } from "@capstan/api";
import type { Handlers } from "../mount.ts";
import type { Service } from "../service.ts";
import { existingExecution, shownExecution } from "./execution-lookup.ts";
import { withFormInputs } from "./form-inputs.ts";

type Replays = Pick<
  Handlers<typeof executionRoutes>,
  "restartExecution" | "replayExecution" | "replayExecutionWithInputs"
>;

/** An execution once more: under the same id, or as a new one. */
export function replayHandlers(service: Service): Replays {
  const { executions } = service.runtime;
  const existing = (tenant: string, id: string) => existingExecution(service, tenant, id);
  const show = (tenant: string, id: string) => shownExecution(service, tenant, id);
  return {
    restartExecution: async ({ tenant, parameters: { executionId }, query }) => {
      await existing(tenant, executionId);
      const { id } = await executions.restart(tenant, executionId, revisionOf(query));
      return show(tenant, id);
    },
    replayExecution: async ({ tenant, parameters: { executionId }, query }) => {
      await existing(tenant, executionId);
      const { taskRunId } = query;
      const options = { ...revisionOf(query), ...(taskRunId !== undefined && { taskRunId }) };
      return show(tenant, (await executions.replay(tenant, executionId, options)).id);
    },
    replayExecutionWithInputs: async ({ tenant, parameters: { executionId }, query, request }) => {
      const { taskRunId } = query;
      const options = { ...revisionOf(query), ...(taskRunId !== undefined && { taskRunId }) };
      const { id } = await withFormInputs(service, { tenant, executionId, request }, (inputs) =>
        executions.replay(tenant, executionId, { ...options, inputs }),
      );
      return show(tenant, id);
    },
  };
}

function revisionOf({ revision }: { revision?: number | undefined }): { revision?: number } {
  return revision === undefined ? {} : { revision };
}
