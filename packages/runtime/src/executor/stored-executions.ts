import { type ExecutionRow, isTerminal, type LiveExecution, type State } from "@capstan/engine";
import type { Store } from "@capstan/store";
import { RequestError } from "../errors.ts";
import type { ExecutionWithRuns } from "../services.ts";
import type { Executor } from "./executor.ts";
import { storedExecution } from "./watching.ts";

/** An execution as the store has it. Throws `RequestError` 404. */
export async function required(store: Store, tenant: string, id: string): Promise<ExecutionWithRuns> {
  const found = await storedExecution(store, tenant, id);
  if (found === undefined) throw executionNotFound(id);
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
  const { state } = found.row;
  const message = isTerminal(state)
    ? `the execution ${id} is ${state}, but tasks after it still run: wait for their end`
    : `the execution ${id} is ${state}: wait for its end or kill it`;
  throw new RequestError("execution-running", message);
}

/** One that nothing drives any more, or that waits for a person. Throws `RequestError` (404, 409 while it runs). */
export async function endedOrPaused(
  parts: { readonly store: Store; readonly executor: Executor },
  tenant: string,
  id: string,
): Promise<ExecutionWithRuns> {
  if (parts.executor.get({ tenant, id })?.state !== "PAUSED") return ended(parts, tenant, id);
  await parts.executor.unlessStalled(parts.executor.idle());
  return required(parts.store, tenant, id);
}

/** One that is live and PAUSED. Throws `RequestError` (404, 409 in any other state). */
export async function paused(
  { store, executor }: { readonly store: Store; readonly executor: Executor },
  tenant: string,
  id: string,
): Promise<LiveExecution> {
  const execution = executor.get({ tenant, id });
  if (execution?.state === "PAUSED") return execution;
  throw notPaused((await required(store, tenant, id)).row);
}

function notPaused({ id, state }: ExecutionRow): RequestError {
  const remedy = isTerminal(state)
    ? `it has ended, ${onceMore(state)} it or start another one`
    : "resume it when it is PAUSED";
  return new RequestError("execution-not-paused", `the execution ${id} is ${state}: ${remedy}`);
}

/** What lets an execution that has ended run once more: of a SUCCESS, nothing can be restarted. */
export function onceMore(state: State): string {
  return state === "SUCCESS" ? "replay" : "restart";
}

export function nothingToRestart({ id, state }: ExecutionRow): RequestError {
  const message = `the execution ${id} is ${state}, no task of it failed: replay it, or start another one`;
  return new RequestError("nothing-to-restart", message);
}

export function executionNotFound(id: string): RequestError {
  return new RequestError("execution-not-found", `there is no execution ${id}`);
}

export function taskRunNotFound(taskRunId: string): RequestError {
  return new RequestError("task-run-not-found", `there is no task run ${taskRunId} in this execution`);
}
