import { z } from "zod";
import { routes } from "../route.ts";
import { instant } from "../schemas/execution.ts";

export const clusterRoutes = routes({
  listMembers: {
    method: "GET",
    path: "/cluster/members",
    scope: "instance",
    permission: { resource: "INSTANCE", action: "VIEW" },
    summary: "List the servers that share the database, the one that leads first",
    get answer() {
      return z.array(
        z.object({
          id: z.string(),
          name: z.string().describe("Its machine and the number of its process"),
          address: z.string().optional().describe("Where the others reach it; absent until it listens"),
          version: z.string(),
          state: z
            .enum(["STARTING", "STANDBY", "LEADING", "LEAVING", "LOST"])
            .describe("LOST: it has been silent for longer than its lease"),
          startedAt: instant,
          silentMs: z.number().int().describe("How long ago it was last heard of, in milliseconds"),
        }),
      );
    },
  },
});
