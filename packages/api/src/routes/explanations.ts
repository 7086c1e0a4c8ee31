import { z } from "zod";
import { routes } from "../route.ts";
import { pageOf } from "../schemas/answers.ts";
import { executionExplanation, historyEntry, triggerExplanation } from "../schemas/history.ts";
import { count, PAGE_SIZE_MAX } from "../schemas/query.ts";

const view = { resource: "EXECUTION", action: "VIEW" } as const;

/** What happened and why, and why something did not happen. */
export const explanationRoutes = routes({
  getExecutionHistory: {
    method: "GET",
    path: "/executions/{executionId}/history",
    permission: view,
    summary: "List all that happened to an execution, oldest first: changes of states, why, and by whom",
    get query() {
      return z.object({ page: count(1, 1_000_000).default(1), size: count(1, PAGE_SIZE_MAX).default(1000) });
    },
    get answer() {
      return pageOf(historyEntry);
    },
  },
  explainExecution: {
    method: "GET",
    path: "/executions/{executionId}/explain",
    permission: view,
    summary:
      "Tell what an execution waits for and what makes it go on, and why its tasks were skipped, retried or failed",
    answer: executionExplanation,
  },
  explainTrigger: {
    method: "GET",
    path: "/triggers/{namespace}/{flowId}/{triggerId}/explain",
    permission: { resource: "TRIGGER", action: "VIEW" },
    summary: "Tell why a trigger did not fire, and what would make it",
    get query() {
      return z.object({
        executionId: z
          .string()
          .min(1)
          .max(512)
          .optional()
          .describe("What would a flow trigger make of this execution?"),
      });
    },
    answer: triggerExplanation,
  },
});
