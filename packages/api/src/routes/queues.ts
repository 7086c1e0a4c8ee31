import { z } from "zod";
import { routes } from "../route.ts";
import { instant } from "../schemas/execution.ts";
import { pageOf } from "../schemas/answers.ts";
import { flag, pageQuery } from "../schemas/query.ts";

export type QueueAnswer = z.input<ReturnType<typeof queue>>;

export const queueRoutes = routes({
  searchQueues: {
    method: "GET",
    path: "/queues/search",
    permission: { resource: "EXECUTION", action: "LIST" },
    summary: "List the limits at work: who has a place, who waits, and for how long; those first that most wait for",
    get query() {
      return pageQuery.extend({
        namespace: z
          .string()
          .optional()
          .describe("Only limits of this namespace, of those below it, and of their flows"),
        flowId: z.string().optional().describe("Only limits of this flow"),
        waiting: flag(false).describe("Only limits that something waits for"),
      });
    },
    get answer() {
      return pageOf(queue());
    },
  },
});

/** One limit at work. */
function queue() {
  return z.object({
    kind: z
      .enum(["CONCURRENCY", "QUOTA", "TASKS", "BATCH"])
      .describe(
        "How many executions run at once, how many start in a time, how many tasks of a type run at once, how many starts an execution takes that has not begun",
      ),
    namespace: z.string().optional().describe("Absent for a limit of the whole tenant"),
    flowId: z.string().optional().describe("Absent for a limit of a namespace or of the tenant"),
    taskType: z.string().optional(),
    key: z.string().optional().describe("What its key is for those that it counts"),
    limit: z
      .number()
      .int()
      .optional()
      .describe("Of a batch: how many starts it takes. Absent when nothing limits any more"),
    running: z.number().int().describe("How many have a place; of a quota: how many started in this window"),
    waiting: z.number().int().describe("How many wait; of a batch: how many starts are in it"),
    holders: z.array(z.string()).describe("Some of the executions that have a place, those that came first"),
    next: z.array(z.string()).describe("Executions that come next, in this order; some of them"),
    waitingSince: instant.optional(),
    window: z
      .object({ duration: z.string(), endsAt: instant })
      .optional()
      .describe(
        "Of a quota: the length of its windows, and the end of this one; of a batch: its time, and when it begins at the latest",
      ),
  });
}
