import { z } from "zod";
import { routes } from "../route.ts";
import { bulk, flow, pageOf, validation } from "../schemas/answers.ts";
import { anyMap } from "../schemas/execution.ts";
import { count, draftQuery, filteredPageQuery, filterQuery, flag, many, revisionQuery } from "../schemas/query.ts";

const yaml = { kind: "text", mediaType: "application/x-yaml" } as const;
const flowIds = z.array(z.object({ namespace: z.string(), id: z.string() })).max(10_000);
const byIds = { kind: "json", schema: flowIds } as const;
const deleting = z.object({ delete: flag(true).describe("Remove the flows that are not in the payload") });

export const flowRoutes = routes({
  createFlow: {
    method: "POST",
    path: "/flows",
    permission: { resource: "FLOW", action: "CREATE" },
    summary: "Create a flow from YAML",
    once: true,
    query: draftQuery,
    body: yaml,
    answer: flow,
  },
  validateFlows: {
    method: "POST",
    path: "/flows/validate",
    permission: { resource: "FLOW", action: "VIEW" },
    summary: "Check one or many YAML documents, or the files of a form, without storing them",
    body: { ...yaml, orForm: true },
    get answer() {
      return z.array(validation);
    },
  },
  searchFlows: {
    method: "GET",
    path: "/flows/search",
    permission: { resource: "FLOW", action: "LIST" },
    summary: "Search flows",
    query: filteredPageQuery,
    filteredBy: "flow",
    get answer() {
      return pageOf(flow);
    },
  },
  distinctNamespaces: {
    method: "GET",
    path: "/flows/distinct-namespaces",
    operation: "listDistinctNamespaces",
    permission: { resource: "FLOW", action: "LIST" },
    summary: "List the namespaces that hold flows",
    get query() {
      return z.object({ q: z.string().optional() });
    },
    get answer() {
      return z.array(z.string());
    },
  },
  applyFlows: {
    method: "POST",
    path: "/flows/bulk",
    operation: "bulkUpdateFlows",
    permission: { resource: "FLOW", action: "UPDATE" },
    summary: "Create or update many flows; `delete` removes the others of the same namespaces",
    once: true,
    get query() {
      return deleting.extend({
        namespace: z.string().optional().describe("Every flow must be of it"),
        allowNamespaceChild: flag(false).describe("… or of one below it"),
      });
    },
    body: yaml,
    get answer() {
      return z.array(flow);
    },
  },
  deleteFlowsByIds: {
    method: "DELETE",
    path: "/flows/delete/by-ids",
    permission: { resource: "FLOW", action: "DELETE" },
    summary: "Delete many flows",
    body: byIds,
    answer: bulk,
  },
  deleteFlowsByQuery: {
    method: "DELETE",
    path: "/flows/delete/by-query",
    permission: { resource: "FLOW", action: "DELETE" },
    summary: "Delete the flows that match",
    query: filterQuery,
    filteredBy: "flow",
    answer: bulk,
  },
  disableFlowsByIds: {
    method: "POST",
    path: "/flows/disable/by-ids",
    permission: { resource: "FLOW", action: "UPDATE" },
    summary: "Disable many flows",
    body: byIds,
    answer: bulk,
  },
  disableFlowsByQuery: {
    method: "POST",
    path: "/flows/disable/by-query",
    permission: { resource: "FLOW", action: "UPDATE" },
    summary: "Disable the flows that match",
    query: filterQuery,
    filteredBy: "flow",
    answer: bulk,
  },
  enableFlowsByIds: {
    method: "POST",
    path: "/flows/enable/by-ids",
    permission: { resource: "FLOW", action: "UPDATE" },
    summary: "Enable many flows",
    body: byIds,
    answer: bulk,
  },
  enableFlowsByQuery: {
    method: "POST",
    path: "/flows/enable/by-query",
    permission: { resource: "FLOW", action: "UPDATE" },
    summary: "Enable the flows that match",
    query: filterQuery,
    filteredBy: "flow",
    answer: bulk,
  },
  listNamespaceFlows: {
    method: "GET",
    path: "/flows/{namespace}",
    operation: "listFlowsByNamespace",
    permission: { resource: "FLOW", action: "LIST" },
    summary: "List the flows of one namespace",
    get answer() {
      return z.array(flow);
    },
  },
  applyNamespaceFlows: {
    method: "POST",
    path: "/flows/{namespace}",
    operation: "updateFlowsInNamespace",
    permission: { resource: "FLOW", action: "UPDATE" },
    summary: "Create or update the flows of a namespace; `delete` removes the others",
    once: true,
    get query() {
      return deleting.extend({ override: flag(false).describe("Move flows of other namespaces into this one") });
    },
    body: yaml,
    get answer() {
      return z.array(flow);
    },
  },
  getFlow: {
    method: "GET",
    path: "/flows/{namespace}/{id}",
    operation: "flow",
    permission: { resource: "FLOW", action: "VIEW" },
    summary: "Get a flow, one of its revisions, and its source",
    get query() {
      return z.object({
        source: flag(false),
        revision: count(1, 2_147_483_647).optional(),
        allowDeleted: flag(false),
      });
    },
    answer: flow,
  },
  updateFlow: {
    method: "PUT",
    path: "/flows/{namespace}/{id}",
    permission: { resource: "FLOW", action: "UPDATE" },
    summary: "Update a flow; the same source keeps the revision",
    once: true,
    query: draftQuery,
    body: yaml,
    answer: flow,
  },
  deleteFlow: {
    method: "DELETE",
    path: "/flows/{namespace}/{id}",
    permission: { resource: "FLOW", action: "DELETE" },
    summary: "Delete a flow; its revisions stay",
    status: 204,
  },
  listFlowRevisions: {
    method: "GET",
    path: "/flows/{namespace}/{id}/revisions",
    permission: { resource: "FLOW", action: "VIEW" },
    summary: "List all revisions of a flow, oldest first, with their sources",
    get query() {
      return z.object({ allowDelete: flag(false), fields: many(z.string()).optional() });
    },
    get answer() {
      return z.array(flow);
    },
  },
  getFlowTask: {
    method: "GET",
    path: "/flows/{namespace}/{id}/tasks/{taskId}",
    operation: "taskFromFlow",
    permission: { resource: "FLOW", action: "VIEW" },
    summary: "Get one task of a flow",
    query: revisionQuery,
    answer: anyMap,
  },
});
