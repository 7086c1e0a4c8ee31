import { z } from "zod";
import { routes } from "../route.ts";
import { execution } from "../schemas/execution.ts";

/** Executions as files, to be kept or to be looked at in another installation. */
export const executionArchiveRoutes = routes({
  exportExecution: {
    method: "GET",
    path: "/executions/{executionId}/export",
    permission: { resource: "EXECUTION", action: "VIEW" },
    summary: "Download an execution that has ended, with task runs, log, metrics, files and its flow, as a zip archive",
    get answer() {
      return z.string();
    },
    answerType: "application/octet-stream",
  },
  importExecution: {
    method: "POST",
    path: "/executions/import",
    permission: { resource: "EXECUTION", action: "CREATE" },
    summary: "Store an execution from the part `fileUpload`, an archive of the export, under the id that it has",
    once: true,
    body: { kind: "multipart", file: "fileUpload" },
    get answer() {
      return execution.and(z.object({ warnings: z.array(z.string()) }));
    },
  },
});
