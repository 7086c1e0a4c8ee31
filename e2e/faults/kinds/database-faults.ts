import { until } from "../../server-process.ts";
import type { Rig } from "../rig.ts";
import type { Kind } from "./kind.ts";

/** The lead passes to another server when that is the first to come back to the database. */
export const DATABASE_FAULTS: Readonly<Record<string, Kind>> = {
  "the database crashes": {
    happen: async ({ cluster }) => {
      await cluster.crash();
      await cluster.start();
    },
    again: "here",
  },
  "the database restarts": {
    happen: async ({ cluster }) => {
      await cluster.stop();
      await cluster.start();
    },
    again: "here",
  },
  "a backend of the database is killed": {
    happen: killWriter,
    again: "here",
  },
  "all connections are cut": {
    happen: async ({ servers }) => {
      for (const { line } of servers) line.cut();
    },
    again: "here",
  },
};

/** By which PostgreSQL ends all other backends, too, and recovers. */
async function killWriter({ cluster }: Rig): Promise<void> {
  const sql = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted`;
  const [writer] = await until("a server has the lock", async () => {
    const rows = await cluster.query<{ pid: number }>(sql);
    return rows.length > 0 ? rows : undefined;
  });
  process.kill(writer!.pid, "SIGKILL");
  await until("PostgreSQL has recovered", () =>
    cluster.query("SELECT").then(
      () => true as const,
      () => undefined,
    ),
  );
}
