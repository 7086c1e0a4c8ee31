import type { ExecutionRow } from "@capstan/engine";
import type { Store } from "@capstan/store";
import { RequestError, type ExecutionWithRuns } from "../services.ts";
import type { Executor } from "./executor.ts";
import { storedExecution } from "./watching.ts";

/** An execution as the store has it. Throws `RequestError` 404. */
export async function required(store: Store, tenant: string, id: string): Promise<ExecutionWithRuns> {
  const found = await storedExecution(store, tenant, id);
  if (found === undefined) throw new RequestError("execution-not-found", 404, `there is no execution ${id}`);
  return found;
}

/** One that nothing drives any more. Throws `RequestError` (404, 409 while it is live). */
export async function ended(
  { store, executor }: { readonly store: Store; readonly executor: Executor },
  tenant: string,
  id: string,
): Promise<ExecutionWithRuns> {
  const found = await required(store, tenant, id);
  if (executor.get({ tenant, id }) === undefined) return found;
  const message = `the execution ${id} is ${found.row.state}: wait for its end or kill it`;
  throw new RequestError("execution-running", 409, message);
}

export function notPaused({ id, state }: ExecutionRow): RequestError {
  return new RequestError("execution-not-paused", 409, `the execution ${id} is ${state}, not PAUSED`);
}

export function taskRunNotFound(taskRunId: string): RequestError {
  return new RequestError("task-run-not-found", 404, `there is no task run ${taskRunId} in this execution`);
}
