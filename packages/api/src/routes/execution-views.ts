import { z } from "zod";
import { routes } from "../route.ts";
import { flow, inputCheck } from "../schemas/answers.ts";
import { stateName } from "../schemas/execution.ts";
import { flowGraph } from "../schemas/graph.ts";
import { count, filteredPageQuery, filterQuery, flag, many, reviewQuery, revisionQuery } from "../schemas/query.ts";

const view = { resource: "EXECUTION", action: "VIEW" } as const;
const list = { resource: "EXECUTION", action: "LIST" } as const;
const evaluation = z.object({
  result: z.string().optional(),
  error: z.string().optional(),
  stackTrace: z.string().optional(),
});

/** What looks at executions and at what may be executed. */
export const executionViewRoutes = routes({
  getFlowOfExecution: {
    method: "GET",
    path: "/executions/{executionId}/flow",
    operation: "flowFromExecutionById",
    permission: view,
    summary: "Get the flow of an execution as who runs it may see it: ids and types",
    answer: flow,
  },
  getExecutableFlow: {
    method: "GET",
    path: "/executions/flows/{namespace}/{flowId}",
    operation: "flowFromExecution",
    permission: view,
    summary: "Get a flow as who runs it may see it: its inputs, ids and types",
    query: revisionQuery,
    answer: flow,
  },
  listExecutableNamespaces: {
    method: "GET",
    path: "/executions/namespaces",
    operation: "listExecutableDistinctNamespaces",
    permission: list,
    summary: "List the namespaces whose flows may be run",
    get answer() {
      return z.array(z.string());
    },
  },
  listExecutableFlows: {
    method: "GET",
    path: "/executions/namespaces/{namespace}/flows",
    operation: "listFlowExecutionsByNamespace",
    permission: list,
    summary: "List the flows of a namespace that may be run",
    get answer() {
      return z.array(flow);
    },
  },
  drawExecution: {
    method: "GET",
    path: "/executions/{executionId}/graph",
    operation: "executionFlowGraph",
    permission: view,
    summary: "Draw the flow of an execution with its task runs",
    get query() {
      return z.object({ subflows: many(z.string()).default([]) });
    },
    answer: flowGraph,
  },
  distinctFieldValues: {
    method: "GET",
    path: "/executions/distinct-field-values",
    permission: list,
    summary: "List the values of one field among the executions that match",
    get query() {
      return filteredPageQuery.extend({ field: z.string() });
    },
    filteredBy: "execution",
    get answer() {
      return z.array(z.string());
    },
  },
  exportExecutionsAsTable: {
    method: "GET",
    path: "/executions/export/by-query/csv",
    operation: "exportExecutionsByQueryCsv",
    permission: list,
    summary: "Download a table (CSV) of the executions that match",
    query: filterQuery,
    filteredBy: "execution",
    get answer() {
      return z.string();
    },
    answerType: "text/csv",
  },
  followDependencies: {
    method: "GET",
    path: "/executions/{executionId}/follow-dependencies",
    operation: "followDependenciesExecutions",
    permission: view,
    summary: "Follow the states of the executions that belong to the same chain as this one",
    get query() {
      return z.object({ destinationOnly: flag(false), expandAll: flag(false) });
    },
    get answer() {
      return z.string();
    },
    answerType: "text/event-stream",
  },
  previewExecutionFile: {
    method: "GET",
    path: "/executions/{executionId}/file/preview",
    operation: "previewFileFromExecution",
    permission: view,
    summary: "Get the beginning of a file of an execution, read by its extension",
    get query() {
      return z.object({
        path: z.string().min(1),
        maxRows: count(1, 5000).default(100),
        encoding: z.string().default("UTF-8"),
      });
    },
    get answer() {
      return z.object({
        extension: z.string(),
        type: z.enum(["TEXT", "LIST", "IMAGE", "MARKDOWN", "PDF"]),
        content: z.unknown(),
        maxLine: z.number().int().optional(),
        truncated: z.boolean(),
      });
    },
  },
  evaluateExecutionExpression: {
    method: "POST",
    path: "/executions/{executionId}/eval",
    aliases: ["/executions/{executionId}/actions/eval"],
    operation: "evalExpression",
    permission: view,
    summary: "Render an expression as the outputs of the execution would",
    body: { kind: "text", mediaType: "text/plain" },
    answer: evaluation,
  },
  checkInputs: {
    method: "POST",
    path: "/executions/{namespace}/{flowId}/validate",
    operation: "validateNewExecutionInputs",
    permission: { resource: "EXECUTION", action: "EXECUTE" },
    summary: "Check the inputs of a start without starting",
    get query() {
      return z.object({
        labels: many(z.string()).default([]),
        revision: count(1, 2_147_483_647).optional(),
      });
    },
    body: { kind: "multipart" },
    answer: inputCheck,
  },
  checkResumeInputs: {
    method: "POST",
    path: "/executions/{executionId}/resume/validate",
    aliases: ["/executions/{executionId}/actions/resume/validate"],
    operation: "validateResumeExecutionInputs",
    permission: { resource: "EXECUTION", action: "RESUME" },
    summary: "Check the inputs of a resume without resuming",
    body: { kind: "multipart" },
    answer: inputCheck,
  },
  checkReviewInputs: {
    method: "POST",
    path: "/executions/{executionId}/actions/review/validate",
    operation: "validateReviewExecutionInputs",
    permission: { resource: "EXECUTION", action: "RESUME" },
    summary: "Check the inputs of a review without deciding",
    query: reviewQuery,
    body: { kind: "multipart" },
    answer: inputCheck,
  },
  searchTaskRuns: {
    method: "GET",
    path: "/taskruns/search",
    operation: "searchTaskRun",
    permission: list,
    summary: "Search the task runs of the executions that match; the call of clients before 1.1",
    get query() {
      return filteredPageQuery.extend({ taskState: many(stateName).optional() });
    },
    filteredBy: "execution",
    get answer() {
      return z.object({ results: z.array(z.looseObject({ id: z.string() })), total: z.number().int() });
    },
  },
});
