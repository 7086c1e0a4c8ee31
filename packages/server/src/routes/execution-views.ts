import type { executionViewRoutes } from "@capstan/api";
import { extname } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Handlers } from "../mount.ts";
import { presentExecution } from "../presentation/execution.ts";
import { drawFlow } from "../presentation/flow-graph.ts";
import { presentForExecution } from "../presentation/flow.ts";
import { Refusal } from "../refusal.ts";
import { PREVIEW_BYTES_MAX, previewOf } from "../requests/file-preview.ts";
import { eachRow } from "../requests/page.ts";
import type { Service } from "../service.ts";
import { locateFile } from "./execution-files.ts";
import { existingExecution } from "./execution-lookup.ts";
import { executionTableHandlers } from "./execution-tables.ts";
import { expanding } from "./flow-graphs.ts";
import { followRelated } from "./follow-related.ts";
import { inputCheckHandlers } from "./input-checks.ts";

export function executionViewHandlers(service: Service): Handlers<typeof executionViewRoutes> {
  const { executions, flows, store, storage } = service.runtime;
  return {
    ...executionTableHandlers(service),
    ...inputCheckHandlers(service),
    getFlowOfExecution: async ({ tenant, parameters }) => {
      const { flowRow, checked } = await executionWithFlow(service, tenant, parameters.executionId);
      return presentForExecution(flowRow, checked);
    },
    getExecutableFlow: async ({ tenant, parameters: { namespace, flowId }, query }) => {
      const { row, checked } = await flows.checked({ tenant, namespace, id: flowId }, query.revision);
      return presentForExecution(row, checked);
    },
    listExecutableNamespaces: ({ tenant }) => store.flows.namespaces(tenant),
    listExecutableFlows: async ({ tenant, parameters: { namespace } }) => {
      const shown: object[] = [];
      for await (const row of eachRow(store.flows, { tenant, namespace }))
        if (!row.disabled) shown.push(presentForExecution(row, flows.check(row.source)));
      return shown;
    },
    drawExecution: async ({ tenant, parameters, query }) => {
      const { row, taskRuns, checked } = await executionWithFlow(service, tenant, parameters.executionId);
      if (checked.flow === undefined) throw new Refusal("flow-invalid", "The flow is not valid any more");
      const runs = new Map(
        (presentExecution(row, taskRuns, service.now()).taskRunList ?? []).map((run) => [run.taskId, run]),
      );
      return drawFlow(checked.flow, {
        ...expanding(service, tenant, query.subflows),
        taskRunOf: (taskId) => runs.get(taskId),
      });
    },
    followDependencies: async ({ tenant, parameters: { executionId }, reply, request }) => {
      const { row } = await existingExecution(service, tenant, executionId);
      const stream = service.streams.open(reply);
      followRelated(service, row, stream).catch((error: unknown) => {
        request.log.error({ err: error }, "a chain of executions can't be followed any further");
        stream.end();
      });
      return reply;
    },
    previewExecutionFile: async ({ tenant, parameters: { executionId }, query }) => {
      const { path, file } = await locateFile(service, tenant, executionId, query.path);
      const end = Math.min(file.sizeBytes, PREVIEW_BYTES_MAX) - 1;
      const bytes = end < 0 ? Buffer.alloc(0) : await buffer(await storage.read(tenant, path, { start: 0, end }));
      const extension = extname(file.name).slice(1).toLowerCase();
      return previewOf(extension, bytes, { ...query, isWhole: file.sizeBytes <= PREVIEW_BYTES_MAX });
    },
    evaluateExecutionExpression: async ({ tenant, parameters: { executionId }, body }) => {
      await existingExecution(service, tenant, executionId);
      try {
        return { result: await executions.evaluate(tenant, executionId, undefined, body) };
      } catch (error) {
        // A mistake in the expression is the answer that was asked for.
        return { error: (error as Error).message };
      }
    },
  };
}

async function executionWithFlow(service: Service, tenant: string, executionId: string) {
  const { row, taskRuns } = await existingExecution(service, tenant, executionId);
  const key = { tenant, namespace: row.namespace, id: row.flowId };
  const { row: flowRow, checked } = await service.runtime.flows.checked(key, row.flowRevision);
  return { row, taskRuns, flowRow, checked };
}
