import type { executionRoutes } from "@capstan/api";
import type { ExecutionWithRuns } from "@capstan/runtime";
import type { Handlers } from "../mount.ts";
import type { Service } from "../service.ts";
import { presentExecution } from "../presentation/execution.ts";
import { existingExecution } from "./execution-lookup.ts";
import { withFormInputs } from "./form-inputs.ts";

type Replays = Pick<
  Handlers<typeof executionRoutes>,
  "restartExecution" | "replayExecution" | "replayExecutionWithInputs"
>;

/** An execution once more: under the same id, or as a new one. */
export function replayHandlers(service: Service): Replays {
  const { executions } = service.runtime;
  const existing = (tenant: string, id: string) => existingExecution(service, tenant, id);
  // Kestra answers an execution before it goes on; how far it came by now would be a matter of chance.
  const show = ({ row, taskRuns }: ExecutionWithRuns) => presentExecution(row, taskRuns, service.now());
  return {
    restartExecution: async ({ tenant, parameters: { executionId }, query }) => {
      await existing(tenant, executionId);
      return show(await executions.restart(tenant, executionId, revisionOf(query)));
    },
    replayExecution: async ({ tenant, parameters: { executionId }, query }) => {
      await existing(tenant, executionId);
      const { taskRunId } = query;
      const options = { ...revisionOf(query), ...(taskRunId !== undefined && { taskRunId }) };
      return show(await executions.replay(tenant, executionId, options));
    },
    replayExecutionWithInputs: async ({ tenant, parameters: { executionId }, query, request }) => {
      const { taskRunId } = query;
      const options = { ...revisionOf(query), ...(taskRunId !== undefined && { taskRunId }) };
      return withFormInputs(service, { tenant, executionId, request }, async (inputs) =>
        show(await executions.replay(tenant, executionId, { ...options, inputs })),
      );
    },
  };
}

function revisionOf({ revision }: { revision?: number | undefined }): { revision?: number } {
  return revision === undefined ? {} : { revision };
}
