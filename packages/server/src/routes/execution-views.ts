import type { executionViewRoutes } from "@capstan/api";
import type { CheckedInputs } from "@capstan/runtime";
import { nearest } from "@capstan/model";
import type { ExecutionField, ExecutionRow } from "@capstan/store";
import { extname } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { writeCsv } from "../archive/csv.ts";
import type { Handlers } from "../mount.ts";
import { instantOf, presentExecution, presentState } from "../presentation/execution.ts";
import { drawFlow } from "../presentation/flow-graph.ts";
import { presentForExecution, presentInput } from "../presentation/flow.ts";
import { Refusal } from "../refusal.ts";
import { readFilter } from "../requests/read-filter.ts";
import { PREVIEW_BYTES_MAX, previewOf } from "../requests/file-preview.ts";
import { readLabel } from "../requests/field-rules.ts";
import { executionRules } from "../requests/filters.ts";
import { readFormInputs } from "../requests/form.ts";
import { eachRow, presentPage, readPage } from "../requests/page.ts";
import type { Service } from "../service.ts";
import { attachment, locateFile } from "./execution-files.ts";
import { EXECUTION_SORT, existingExecution } from "./execution-lookup.ts";
import { followRelated } from "./follow-related.ts";
import { expanding } from "./flow-tools.ts";

/** Values that one field is listed with at most. */
const DISTINCT_MAX = 1000;

export function executionViewHandlers(service: Service): Handlers<typeof executionViewRoutes> {
  const { executions, flows, store, storage } = service.runtime;
  const matching = async (tenant: string, query: Readonly<Record<string, unknown>>) => {
    const filter = await readFilter(service, query, { tenant }, executionRules(query["dateFilter"]));
    return eachRow((page) => executions.search(filter, page));
  };
  return {
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
      for await (const row of eachRow((page) => store.flows.search({ tenant, namespace }, page)))
        if (!row.disabled) shown.push(presentForExecution(row, flows.check(row.source)));
      return shown;
    },
    drawExecution: async ({ tenant, parameters, query }) => {
      const { row, taskRuns, checked } = await executionWithFlow(service, tenant, parameters.executionId);
      if (checked.flow === undefined) throw new Refusal("flow-invalid", 422, "The flow is not valid any more");
      const runs = new Map(
        (presentExecution(row, taskRuns, service.now()).taskRunList ?? []).map((run) => [run.taskId, run]),
      );
      return drawFlow(checked.flow, {
        ...expanding(service, tenant, query.subflows),
        taskRunOf: (taskId) => runs.get(taskId),
      });
    },
    distinctFieldValues: async ({ tenant, query: { field, ...query } }) => {
      const filter = await readFilter(service, query, { tenant }, executionRules(query["dateFilter"]));
      return store.executions.distinct(filter, readField(field), DISTINCT_MAX);
    },
    exportExecutionsAsTable: async ({ tenant, query, reply }) => {
      const rows = await matching(tenant, query);
      reply.header("content-disposition", attachment("executions.csv"));
      return writeCsv(columns(service.now()), rows);
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
    searchTaskRuns: async ({ tenant, query: { taskState, ...query } }) => {
      const filter = await readFilter(service, query, { tenant }, executionRules(query["dateFilter"]));
      const page = await executions.search(filter, readPage(query, EXECUTION_SORT));
      const runs = await Promise.all(
        page.rows.map(async (row) => {
          const taskRuns = await store.executions.taskRuns(tenant, row.id);
          return presentExecution(row, taskRuns, service.now()).taskRunList ?? [];
        }),
      );
      const shown = runs.flat().filter(({ state }) => taskState === undefined || taskState.includes(state.current));
      return { ...presentPage(page, () => undefined), results: shown };
    },
  };
}

async function executionWithFlow(service: Service, tenant: string, executionId: string) {
  const { row, taskRuns } = await existingExecution(service, tenant, executionId);
  const key = { tenant, namespace: row.namespace, id: row.flowId };
  const { row: flowRow, checked } = await service.runtime.flows.checked(key, row.flowRevision);
  return { row, taskRuns, flowRow, checked };
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

const FIELDS: readonly ExecutionField[] = ["namespace", "flowId", "state", "kind", "labels"];

/** Clients write `flowId` or `FLOW_ID`. Throws 400. */
function readField(written: string): ExecutionField {
  const field = FIELDS.find((one) => one.toLowerCase() === written.replaceAll("_", "").toLowerCase());
  if (field !== undefined) return field;
  const guess = nearest(written, FIELDS);
  const hint = guess === undefined ? "." : ` — did you mean "${guess}"?`;
  throw new Refusal("field-unknown", 400, `There is no field "${written}"${hint} There are ${FIELDS.join(", ")}`);
}

function columns(now: number): Readonly<Record<string, (row: ExecutionRow) => string | number | undefined>> {
  const state = ({ state: current, history }: ExecutionRow) => presentState(current, history, now);
  return {
    id: ({ id }) => id,
    namespace: ({ namespace }) => namespace,
    flowId: ({ flowId }) => flowId,
    flowRevision: ({ flowRevision }) => flowRevision,
    state: (row) => row.state,
    startDate: (row) => state(row).startDate,
    endDate: (row) => state(row).endDate,
    duration: (row) => state(row).duration,
    created: ({ createdAt }) => instantOf(createdAt),
    labels: ({ labels }) => labels.map(({ key, value }) => `${key}:${value}`).join(" "),
    trigger: ({ trigger }) => trigger?.id,
    parentId: ({ parent }) => parent?.executionId,
    originalId: ({ originalId }) => originalId,
  };
}
