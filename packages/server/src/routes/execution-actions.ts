import type { executionRoutes } from "@capstan/api";
import { isTerminal } from "@capstan/model";
import type { Acting } from "@capstan/runtime";
import type { Handlers } from "../mount.ts";
import { Refusal } from "../refusal.ts";
import { eachRow } from "../requests/page.ts";
import type { ApiService, Service } from "../service.ts";
import { actingAs } from "../authentication/acting.ts";
import { callerName } from "../authentication/credential.ts";
import { REVIEW_COMMENT } from "../requests/form.ts";
import { replacedLabels } from "./execution-labels.ts";
import { unlessEnded } from "./unless-ended.ts";
import { existingExecution, shownExecution } from "./execution-lookup.ts";
import { withFormInputs } from "./form-inputs.ts";

type Actions = Pick<
  Handlers<typeof executionRoutes>,
  | "killExecution"
  | "pauseExecution"
  | "resumeExecution"
  | "reviewExecution"
  | "setExecutionLabels"
  | "evaluateExpression"
>;

/** What people do with an execution; each answers it as it is afterwards. */
export function executionActionHandlers(service: ApiService): Actions {
  const { executions } = service.runtime;
  const existing = (tenant: string, id: string) => existingExecution(service, tenant, id);
  const show = (tenant: string, id: string) => shownExecution(service, tenant, id);
  return {
    killExecution: async ({ tenant, parameters: { executionId }, query, request, reply }) => {
      const { row } = await existing(tenant, executionId);
      const cascade = query.isOnKillCascade;
      const isKilled = await unlessEnded(executions.kill(tenant, executionId, { cascade, ...actingAs(request) }));
      if (!isKilled && !cascade)
        throw new Refusal(
          "execution-ended",
          `The execution ${executionId} has ended, it is ${row.state}: with isOnKillCascade=true the subflows are killed that it left behind`,
        );
      if (isTerminal(row.state) && cascade) await killChildren(service, tenant, executionId, actingAs(request));
      if (!request.url.includes("/actions/")) reply.code(202);
      return show(tenant, executionId);
    },
    pauseExecution: async ({ tenant, parameters: { executionId }, request }) => {
      await existing(tenant, executionId);
      await executions.pause(tenant, executionId, actingAs(request));
      return show(tenant, executionId);
    },
    resumeExecution: async ({ tenant, parameters: { executionId }, request }) => {
      await withFormInputs(service, { tenant, executionId, request }, (inputs) =>
        executions.resume(tenant, executionId, inputs, actingAs(request)),
      );
      return show(tenant, executionId);
    },
    reviewExecution: async ({ tenant, parameters: { executionId }, query, request }) => {
      const by = service.authenticator === undefined ? undefined : callerName(request.headers);
      const decision = query.decision === "APPROVE" ? "APPROVED" : "DENIED";
      await withFormInputs(service, { tenant, executionId, request }, ({ [REVIEW_COMMENT]: comment, ...inputs }) =>
        executions.review(tenant, executionId, { taskRunId: query.taskRunId, decision, comment, by, inputs }),
      );
      return show(tenant, executionId);
    },
    setExecutionLabels: async ({ tenant, parameters: { executionId }, body, request }) => {
      const { row } = await existing(tenant, executionId);
      await executions.setLabels(tenant, executionId, replacedLabels(row, body), actingAs(request));
      return show(tenant, executionId);
    },
    evaluateExpression: async ({ tenant, parameters: { executionId, taskRunId }, body }) => {
      const { taskRuns } = await existing(tenant, executionId);
      if (!taskRuns.some(({ id }) => id === taskRunId))
        throw new Refusal("task-run-not-found", `There is no task run ${taskRunId}`);
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
async function killChildren(
  { runtime }: Service,
  tenant: string,
  parentExecutionId: string,
  acting: Acting,
): Promise<void> {
  const { executions } = runtime;
  for await (const child of eachRow(executions, { tenant, parentExecutionId }))
    if (!isTerminal(child.state)) await executions.kill(tenant, child.id, { cascade: true, ...acting });
}
