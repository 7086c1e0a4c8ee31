import type { executionViewRoutes } from "@capstan/api";
import type { CheckedInputs } from "@capstan/runtime";
import type { FastifyRequest } from "fastify";
import type { Readable } from "node:stream";
import type { Handlers } from "../mount.ts";
import { presentInput } from "../presentation/flow.ts";
import { readLabel } from "../requests/field-rules.ts";
import { readFormInputs, REVIEW_COMMENT } from "../requests/form.ts";
import type { Service } from "../service.ts";
import { existingExecution } from "./execution-lookup.ts";

/** Inputs as a start or a resume would see them, for forms that change while they are filled in. */
export function inputCheckHandlers(
  service: Service,
): Pick<Handlers<typeof executionViewRoutes>, "checkInputs" | "checkResumeInputs" | "checkReviewInputs"> {
  const { executions, flows } = service.runtime;
  return {
    checkInputs: async ({ tenant, parameters: { namespace, flowId }, query, request }) => {
      const { checked } = await flows.checked({ tenant, namespace, id: flowId }, query.revision);
      const inputs = await namedInputs(request, new Set(checked.flow?.inputs.map(({ id }) => id)));
      const { revision } = query;
      const labels = query.labels.map(readLabel);
      const start = { tenant, namespace, flowId, inputs, labels, ...(revision !== undefined && { revision }) };
      return presentCheck(namespace, flowId, await executions.checkInputs(start));
    },
    checkResumeInputs: async ({ tenant, parameters: { executionId }, request }) => {
      const { row } = await existingExecution(service, tenant, executionId);
      const inputs = await namedInputs(request, new Set());
      return presentCheck(row.namespace, row.flowId, await executions.checkResumeInputs(tenant, executionId, inputs));
    },
    checkReviewInputs: async ({ tenant, parameters: { executionId }, query, request }) => {
      const { row } = await existingExecution(service, tenant, executionId);
      const { [REVIEW_COMMENT]: _comment, ...inputs } = await namedInputs(request, new Set());
      const checked = await executions.checkReviewInputs(tenant, executionId, query.taskRunId, inputs);
      return presentCheck(row.namespace, row.flowId, checked);
    },
  };
}

/** Reads a form without keeping its files: what is checked of a file is its name. */
function namedInputs(request: FastifyRequest, declared: ReadonlySet<string>): Promise<Record<string, string>> {
  return readFormInputs(request, declared, async (_inputId, fileName, content: Readable) => {
    for await (const chunk of content) void chunk;
    return `kestra:///${encodeURIComponent(fileName)}`;
  });
}

function presentCheck(namespace: string, id: string, { inputs, failedChecks }: CheckedInputs) {
  return {
    id,
    namespace,
    inputs: inputs.map(({ input, value, enabled, isDefault, problems }) => ({
      input: presentInput(input),
      ...(value !== undefined && value !== null && { value }),
      enabled,
      isDefault,
      errors: problems.map((message) => ({ message })),
    })),
    checks: failedChecks.map(({ message, style, behavior }) => ({ message, style, behavior })),
  };
}
