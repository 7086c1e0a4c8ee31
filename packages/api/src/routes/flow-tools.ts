import { z } from "zod";
import { routes } from "../route.ts";
import { flow, pageOf, validation } from "../schemas/answers.ts";
import { anyMap } from "../schemas/execution.ts";
import { flowDependencies, flowGraph } from "../schemas/graph.ts";
import { count, flag, many, pageQuery } from "../schemas/query.ts";

const view = { resource: "FLOW", action: "VIEW" } as const;
const list = { resource: "FLOW", action: "LIST" } as const;
const yaml = { kind: "text", mediaType: "application/x-yaml" } as const;
const subflows = many(z.string()).default([]).describe("Uids of the subflow tasks to show from within, repeatable");
const dependencyQuery = z.object({
  destinationOnly: flag(false).describe("Only what the flow depends on"),
  expandAll: flag(false).describe("Dependencies of dependencies too"),
});

/** What looks into flows: search, checks of parts, pictures. */
export const flowToolRoutes = routes({
  searchFlowSources: {
    method: "GET",
    path: "/flows/source",
    operation: "searchFlowsBySourceCode",
    permission: list,
    summary: "Search the sources of flows; matches are marked with [mark] and [/mark]",
    get query() {
      return pageQuery.extend({ q: z.string().default(""), namespace: z.string().optional() });
    },
    get answer() {
      return pageOf(z.object({ model: flow, fragments: z.array(z.string()) }));
    },
  },
  validateTask: {
    method: "POST",
    path: "/flows/validate/task",
    permission: view,
    summary: "Check one task or trigger, as YAML or JSON",
    get query() {
      return z.object({ section: z.enum(["TASKS", "TRIGGERS"]).default("TASKS") });
    },
    body: yaml,
    answer: validation,
  },
  validateTrigger: {
    method: "POST",
    path: "/flows/validate/trigger",
    permission: view,
    summary: "Check one trigger, as JSON or YAML",
    body: { kind: "text", mediaType: "text/plain" },
    answer: validation,
  },
  drawFlowSource: {
    method: "POST",
    path: "/flows/graph",
    operation: "generateFlowGraphFromSource",
    permission: view,
    summary: "Draw a flow that is not stored",
    get query() {
      return z.object({ subflows });
    },
    body: yaml,
    answer: flowGraph,
  },
  drawFlow: {
    method: "GET",
    path: "/flows/{namespace}/{id}/graph",
    operation: "generateFlowGraph",
    permission: view,
    summary: "Draw a flow: its tasks, what follows what, and what stands in what",
    get query() {
      return z.object({ revision: count(1, 2_147_483_647).optional(), subflows });
    },
    answer: flowGraph,
  },
  flowDependencies: {
    method: "GET",
    path: "/flows/{namespace}/{id}/dependencies",
    permission: view,
    summary: "Get the flows that this one starts, and those it waits for",
    query: dependencyQuery,
    answer: flowDependencies,
  },
  namespaceDependencies: {
    method: "GET",
    path: "/namespaces/{namespace}/dependencies",
    operation: "flowDependenciesFromNamespace",
    permission: list,
    summary: "Get the dependencies of the flows of a namespace and of those below it",
    query: dependencyQuery,
    answer: flowDependencies,
  },
  tenantDependencies: {
    method: "GET",
    path: "/dependencies",
    permission: list,
    summary: "Get the dependencies of all flows",
    get query() {
      return z.object({ destinationOnly: flag(false) });
    },
    answer: flowDependencies,
  },
  searchConcurrencyLimits: {
    method: "GET",
    path: "/concurrency-limit/search",
    permission: { resource: "FLOW", action: "LIST" },
    summary: "List the flows that limit how many of their executions run at once, with how many do",
    query: pageQuery,
    get answer() {
      return pageOf(
        z.object({
          tenantId: z.string(),
          namespace: z.string(),
          flowId: z.string(),
          running: z.number().int(),
          limit: z.number().int(),
        }),
      );
    },
  },
  listDeprecatedFlows: {
    method: "GET",
    path: "/flows/deprecated",
    operation: "listDeprecated",
    permission: list,
    summary: "List the flows with tasks of deprecated types",
    get query() {
      return z.object({ namespace: z.string().optional() });
    },
    get answer() {
      return z.array(
        z.object({
          namespace: z.string(),
          flowId: z.string(),
          revision: z.number().int(),
          deprecatedTasks: z.array(
            z.object({ taskId: z.string(), taskType: z.string(), replacement: z.string().optional() }),
          ),
        }),
      );
    },
  },
  /** The call of clients before 2.0. */
  updateFlowTask: {
    method: "PATCH",
    path: "/flows/{namespace}/{id}/{taskId}",
    operation: "updateTask",
    permission: { resource: "FLOW", action: "UPDATE" },
    summary: "Replace one task of a flow",
    body: { kind: "json", schema: anyMap },
    answer: flow,
  },
});
