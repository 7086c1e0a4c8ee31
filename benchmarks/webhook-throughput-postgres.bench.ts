import type { Benchmark } from "./measure/benchmark.ts";
import { onPostgres } from "./measure/on-postgres.ts";
import { startServer } from "./measure/server-process.ts";
import { noOpExecutions } from "./webhook-throughput.bench.ts";

export const webhookThroughputPostgres: Benchmark = {
  name: "webhook-throughput-postgres",
  claim: "the same executions on PostgreSQL with its default settings, on the same machine, are more than half as many",
  run: () =>
    onPostgres(async (database, query) => {
      await using server = await startServer({ arguments: ["--database", database] });
      const { perSecond, processorUs, requests } = await noOpExecutions(server);
      const [wal] = await query<{ bytes: string }>("SELECT wal_bytes AS bytes FROM pg_stat_wal");
      return [
        { what: "executions", value: perSecond, unit: "/s", goal: { min: 6_000 } },
        { what: "processor time of the server for one", value: processorUs, unit: "µs" },
        { what: "log of PostgreSQL (WAL) for one", value: Number(wal!.bytes) / requests / 1_000, unit: "KB" },
      ];
    }),
};
