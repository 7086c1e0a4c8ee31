import { z } from "zod";
import { routes } from "../route.ts";
import { filterQuery, flag } from "../schemas/query.ts";

const exporting = { resource: "FLOW", action: "VIEW" } as const;
const bytes = { answer: z.string(), answerType: "application/octet-stream" } as const;
const flowIds = z.array(z.object({ namespace: z.string(), id: z.string() })).max(10_000);

export const flowArchiveRoutes = routes({
  exportFlowsByIds: {
    method: "POST",
    path: "/flows/export/by-ids",
    permission: exporting,
    summary: "Download flows as a zip archive",
    body: { kind: "json", schema: flowIds },
    ...bytes,
  },
  exportFlowsByQuery: {
    method: "GET",
    path: "/flows/export/by-query",
    permission: exporting,
    summary: "Download the flows that match as a zip archive",
    query: filterQuery,
    filteredBy: "flow",
    ...bytes,
  },
  exportFlowsAsTable: {
    method: "GET",
    path: "/flows/export/by-query/csv",
    operation: "exportFlowsByQueryCsv",
    permission: exporting,
    summary: "Download a table (CSV) of the flows that match",
    query: filterQuery,
    filteredBy: "flow",
    get answer() {
      return z.string();
    },
    answerType: "text/csv",
  },
  importFlows: {
    method: "POST",
    path: "/flows/import",
    permission: { resource: "FLOW", action: "UPDATE" },
    summary: "Create or update the flows of the part `fileUpload`, YAML or zip; answers those that were refused",
    once: true,
    get query() {
      return z.object({ failOnError: flag(false).describe("Store nothing when one flow is refused") });
    },
    body: { kind: "multipart", file: "fileUpload" },
    get answer() {
      return z.array(z.string());
    },
  },
});
