import type { ExecutionAnswer } from "@capstan/api";
import type { ExecutionWithRuns } from "@capstan/runtime";
import { presentExecution } from "../presentation/execution.ts";
import { Refusal } from "../refusal.ts";
import type { Service } from "../service.ts";

export const EXECUTION_SORT = {
  id: "id",
  namespace: "namespace",
  flowId: "flowId",
  "state.startDate": "startDate",
  "state.endDate": "endDate",
  "state.duration": "duration",
  "state.current": "state",
} as const;

/** Throws 404. */
export async function existingExecution({ runtime }: Service, tenant: string, id: string): Promise<ExecutionWithRuns> {
  const found = await runtime.executions.get(tenant, id);
  if (found === undefined) throw executionNotFound(id);
  return found;
}

/** The execution as it is now, presented. Throws 404. */
export async function shownExecution(service: Service, tenant: string, id: string): Promise<ExecutionAnswer> {
  const { row, taskRuns } = await existingExecution(service, tenant, id);
  return presentExecution(row, taskRuns, service.now());
}

export function executionNotFound(id: string): Refusal {
  return new Refusal("execution-not-found", `There is no execution ${id}`);
}
