import type { executionRoutes } from "@capstan/api";
import { randomUUID } from "node:crypto";
import type { Handlers } from "../mount.ts";
import { isTerminal } from "@capstan/model";
import { Refusal } from "../refusal.ts";
import { readFormInputs } from "../requests/form.ts";
import { eachRow } from "../requests/page.ts";
import { executionFolder, inputPath } from "../requests/storage-paths.ts";
import type { Service } from "../service.ts";
import { mergedLabels } from "./execution-labels.ts";
import { existingExecution, shownExecution } from "./execution-lookup.ts";
import type { FastifyRequest } from "fastify";

type Actions = Pick<
  Handlers<typeof executionRoutes>,
  | "killExecution"
  | "pauseExecution"
  | "resumeExecution"
  | "restartExecution"
  | "replayExecution"
  | "replayExecutionWithInputs"
  | "changeExecutionStatus"
  | "changeTaskRunState"
  | "forceRunExecution"
  | "unqueueExecution"
  | "setExecutionLabels"
  | "evaluateExpression"
>;

/** What people do with an execution; each answers it as it is afterwards. */
export function executionActionHandlers(service: Service): Actions {
  const { executions } = service.runtime;
  const existing = (tenant: string, id: string) => existingExecution(service, tenant, id);
  const show = (tenant: string, id: string) => shownExecution(service, tenant, id);
  return {
    killExecution: async ({ tenant, parameters: { executionId }, query, request, reply }) => {
      const { row } = await existing(tenant, executionId);
      if (isTerminal(row.state)) {
        if (!query.isOnKillCascade)
          throw new Refusal("execution-ended", 409, `The execution ${executionId} has ended: ${row.state}`);
        await killChildren(service, tenant, executionId);
      } else await executions.kill(tenant, executionId, { cascade: query.isOnKillCascade });
      if (!request.url.includes("/actions/")) reply.code(202);
      return show(tenant, executionId);
    },
    pauseExecution: async ({ tenant, parameters: { executionId } }) => {
      await existing(tenant, executionId);
      await executions.pause(tenant, executionId);
      return show(tenant, executionId);
    },
    resumeExecution: async ({ tenant, parameters: { executionId }, request }) => {
      await withFormInputs(service, { tenant, executionId, request }, (inputs) =>
        executions.resume(tenant, executionId, inputs),
      );
      return show(tenant, executionId);
    },
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
    changeExecutionStatus: async ({ tenant, parameters: { executionId }, query: { status } }) => {
      const { row } = await existing(tenant, executionId);
      if (!isTerminal(status)) throw new Refusal("state-not-final", 422, `${status} is not a final state`);
      if (!isTerminal(row.state))
        throw new Refusal("execution-not-ended", 409, `The execution ${executionId} has not ended: ${row.state}`);
      await executions.changeStatus(tenant, executionId, status);
      return show(tenant, executionId);
    },
    changeTaskRunState: async ({ tenant, parameters: { executionId }, body }) => {
      await existing(tenant, executionId);
      await executions.changeTaskRunState(tenant, executionId, body.taskRunId, body.state);
      return show(tenant, executionId);
    },
    forceRunExecution: async ({ tenant, parameters: { executionId } }) => {
      await existing(tenant, executionId);
      await executions.forceRun(tenant, executionId);
      return show(tenant, executionId);
    },
    unqueueExecution: async ({ tenant, parameters: { executionId }, query }) => {
      await existing(tenant, executionId);
      await executions.unqueue(tenant, executionId, query.state);
      return show(tenant, executionId);
    },
    setExecutionLabels: async ({ tenant, parameters: { executionId }, body }) => {
      const { row } = await existing(tenant, executionId);
      await executions.setLabels(tenant, executionId, mergedLabels(row, body));
      return show(tenant, executionId);
    },
    evaluateExpression: async ({ tenant, parameters: { executionId, taskRunId }, body }) => {
      const { taskRuns } = await existing(tenant, executionId);
      if (!taskRuns.some(({ id }) => id === taskRunId))
        throw new Refusal("task-run-not-found", 404, `There is no task run ${taskRunId}`);
      try {
        return { result: await executions.evaluate(tenant, executionId, taskRunId, body) };
      } catch (error) {
        // A mistake in the expression is the answer that was asked for.
        return { error: (error as Error).message };
      }
    },
  };
}

/** What an execution that has ended started, and did not wait for, may still run. */
async function killChildren({ runtime }: Service, tenant: string, parentExecutionId: string): Promise<void> {
  const { executions } = runtime;
  for await (const child of eachRow((page) => executions.search({ tenant, parentExecutionId }, page)))
    if (!isTerminal(child.state)) await executions.kill(tenant, child.id, { cascade: true });
}

function revisionOf({ revision }: { revision?: number | undefined }): { revision?: number } {
  return revision === undefined ? {} : { revision };
}

interface FormCall {
  readonly tenant: string;
  readonly executionId: string;
  readonly request: FastifyRequest;
}

/** Stores the files of a form, passes its inputs on, and removes the files again when they are refused. */
export async function withFormInputs<Answer>(
  service: Service,
  { tenant, executionId, request }: FormCall,
  take: (inputs: Readonly<Record<string, string>>) => Promise<Answer>,
): Promise<Answer> {
  const { storage } = service.runtime;
  const { row } = await existingExecution(service, tenant, executionId);
  const folder = executionFolder(row);
  const stored: string[] = [];
  try {
    const inputs = await readFormInputs(request, new Set(), async (inputId, fileName, content) => {
      const path = inputPath(folder, inputId, fileName, randomUUID());
      const uri = await storage.put(tenant, path, content);
      stored.push(path);
      return uri;
    });
    return await take(inputs);
  } catch (error) {
    for (const path of stored) await storage.delete(tenant, path);
    throw error;
  }
}
