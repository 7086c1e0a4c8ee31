import type { executionRoutes } from "@capstan/api";
import { isTerminal } from "@capstan/model";
import { actingAs } from "../authentication/acting.ts";
import type { Handlers } from "../mount.ts";
import { presentExecution } from "../presentation/execution.ts";
import { Refusal } from "../refusal.ts";
import type { Service } from "../service.ts";
import { existingExecution, shownExecution } from "./execution-lookup.ts";

type States = Pick<
  Handlers<typeof executionRoutes>,
  "changeExecutionStatus" | "changeTaskRunState" | "forceRunExecution" | "unqueueExecution"
>;

/** States that a person gives, whatever the engine would make of them. */
export function executionStateHandlers(service: Service): States {
  const { executions } = service.runtime;
  const existing = (tenant: string, id: string) => existingExecution(service, tenant, id);
  const show = (tenant: string, id: string) => shownExecution(service, tenant, id);
  return {
    changeExecutionStatus: async ({ tenant, parameters: { executionId }, query: { status }, request }) => {
      const { row } = await existing(tenant, executionId);
      if (!isTerminal(status)) throw new Refusal("state-not-final", `${status} is not a final state`);
      if (!isTerminal(row.state))
        throw new Refusal(
          "execution-not-ended",
          `The execution ${executionId} is ${row.state}: wait for its end, or kill it first`,
        );
      await executions.changeStatus(tenant, executionId, status, actingAs(request));
      return show(tenant, executionId);
    },
    changeTaskRunState: async ({ tenant, parameters: { executionId }, body, request }) => {
      await existing(tenant, executionId);
      const { taskRunId, state } = body;
      const acting = actingAs(request);
      const { row, taskRuns } = await executions.changeTaskRunState(tenant, executionId, taskRunId, state, acting);
      return presentExecution(row, taskRuns, service.now());
    },
    forceRunExecution: async ({ tenant, parameters: { executionId }, request }) => {
      await existing(tenant, executionId);
      await executions.forceRun(tenant, executionId, actingAs(request));
      return show(tenant, executionId);
    },
    unqueueExecution: async ({ tenant, parameters: { executionId }, query, request }) => {
      await existing(tenant, executionId);
      await executions.unqueue(tenant, executionId, query.state, actingAs(request));
      return show(tenant, executionId);
    },
  };
}
