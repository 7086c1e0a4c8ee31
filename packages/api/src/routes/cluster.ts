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
          roles: z.array(z.enum(["executor", "webserver", "worker"])),
          state: z
            .enum(["STARTING", "STANDBY", "LEADING", "SERVING", "LEAVING", "LOST"])
            .describe(
              "SERVING: it works for the one that leads, and never leads itself; LOST: it has been silent for longer than its lease",
            ),
          startedAt: instant,
          silentMs: z.number().int().describe("How long ago it was last heard of, in milliseconds"),
        }),
      );
    },
  },
  listWorkers: {
    method: "GET",
    path: "/cluster/workers",
    scope: "instance",
    permission: { resource: "INSTANCE", action: "VIEW" },
    summary: "List the workers of other processes that the server knows",
    get answer() {
      return z.array(
        z.object({
          id: z.string().describe("Of its process; attempts show it as `workerId`"),
          name: z.string(),
          token: z.string().describe("Name of the token that it showed"),
          groups: z.array(z.string()).describe("Groups whose jobs it takes; none: the default group"),
          version: z.string(),
          host: z.string().describe("Its machine"),
          state: z
            .enum(["CONNECTED", "DISCONNECTED", "LEAVING"])
            .describe("DISCONNECTED: its line is cut, and it may come back; LEAVING: it takes no new jobs"),
          since: instant,
          silentMs: z.number().int().describe("How long ago it was last heard of, in milliseconds"),
          running: z.number().int().describe("Jobs that it has"),
          capacity: z.number().int().describe("Jobs that it runs at the same time at most"),
        }),
      );
    },
  },
});
