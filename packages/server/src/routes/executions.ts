import { instantText } from "@capstan/model";
import type { executionRoutes } from "@capstan/api";
import { once } from "../idempotency/once.ts";
import type { Handlers } from "../mount.ts";
import { presentExecution } from "../presentation/execution.ts";
import { Refusal } from "../refusal.ts";
import { readFilter } from "../requests/read-filter.ts";
import { executionRules } from "../requests/filters.ts";
import { presentRoughPage, readPage } from "../requests/page.ts";
import type { ApiService } from "../service.ts";
import { createExecution, startedExecution } from "./create-execution.ts";
import { executionActionHandlers } from "./execution-actions.ts";
import { executionFileHandlers } from "./execution-files.ts";
import { replayHandlers } from "./execution-replays.ts";
import { executionStateHandlers } from "./execution-states.ts";
import { EXECUTION_SORT, existingExecution, executionNotFound, shownExecution } from "./execution-lookup.ts";

export function executionHandlers(service: ApiService): Handlers<typeof executionRoutes> {
  const { executions, store } = service.runtime;
  return {
    ...executionActionHandlers(service),
    ...executionStateHandlers(service),
    ...replayHandlers(service),
    ...executionFileHandlers(service),
    searchExecutions: async ({ tenant, query, reply }) => {
      const filter = await readFilter(service, query, { tenant }, executionRules(query["dateFilter"]));
      const page = await executions.search(filter, { ...readPage(query, EXECUTION_SORT), roughly: true });
      return presentRoughPage(page, reply, (row) => presentExecution(row, undefined, service.now()));
    },
    listFlowExecutions: async ({ tenant, query, reply }) => {
      const filter = { tenant, namespace: query.namespace, flowId: query.flowId };
      const page = await executions.search(filter, { ...readPage(query, EXECUTION_SORT), roughly: true });
      return presentRoughPage(page, reply, (row) => presentExecution(row, undefined, service.now()));
    },
    latestExecutions: async ({ tenant, body }) => {
      const rows = await store.executions.latest(
        tenant,
        body.map((key) => ({ tenant, ...key })),
      );
      return rows.map(({ id, namespace, flowId, createdAt, history, state }) => ({
        id,
        namespace,
        flowId,
        startDate: instantText(history[0]?.date ?? createdAt),
        status: state,
      }));
    },
    createExecution: once(service, (call, key) => createExecution(service, call, key), {
      again: async (call, id) =>
        startedExecution(service, call, (await existingExecution(service, call.tenant, id)).row),
    }),
    getExecution: ({ tenant, parameters }) => shownExecution(service, tenant, parameters.executionId),
    deleteExecution: async ({ tenant, parameters: { executionId }, query }) => {
      const isDeleted = await executions.delete(tenant, executionId, {
        logs: query.deleteLogs,
        metrics: query.deleteMetrics,
        storage: query.deleteStorage,
      });
      if (!isDeleted) throw executionNotFound(executionId);
    },
    followExecution: async ({ tenant, parameters: { executionId }, reply }) => {
      const existing = await existingExecution(service, tenant, executionId);
      const stream = service.streams.open(reply);
      stream.send("start", presentExecution(existing.row, undefined, service.now()));
      const following = executions.follow(tenant, executionId, ({ row, taskRuns, last }) => {
        // A reader that is behind needs the present state only.
        stream.sendLatest(last ? "end" : "progress", () => presentExecution(row, taskRuns, service.now()));
        if (last) stream.end();
      });
      stream.onEnd(() => following.stop());
      return reply;
    },
    getExecutionOutputs: async ({ tenant, parameters }) =>
      (await existingExecution(service, tenant, parameters.executionId)).row.outputs ?? {},
    listOutputs: async ({ tenant, parameters }) => {
      const { taskRuns } = await existingExecution(service, tenant, parameters.executionId);
      return taskRuns
        .filter(({ outputs }) => outputs !== undefined)
        .map(({ taskId, id, value, iteration }) => ({ taskId, taskRunId: id, value, iteration, inline: true }));
    },
    getOutputs: async ({ tenant, parameters: { executionId, taskRunId } }) => {
      const { taskRuns } = await existingExecution(service, tenant, executionId);
      const run = taskRuns.find(({ id }) => id === taskRunId);
      if (run === undefined) throw new Refusal("task-run-not-found", `There is no task run ${taskRunId}`);
      return run.outputs ?? {};
    },
  };
}
