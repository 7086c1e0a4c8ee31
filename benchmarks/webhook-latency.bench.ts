import type { Benchmark } from "./measure/benchmark.ts";
import { generateLoad } from "./measure/load.ts";
import { onPostgres } from "./measure/on-postgres.ts";
import { type ServerProcess, startServer } from "./measure/server-process.ts";
import { NO_OP_FLOW, NO_OP_REQUEST } from "./webhook-throughput.bench.ts";

export const webhookLatency: Benchmark = {
  name: "webhook-latency",
  claim: "a webhook is answered, with its execution durable and its first task entered, within a millisecond",
  run: async () => {
    await using server = await startServer();
    const { p50, p99 } = await latencyMs(server);
    return [
      { what: "at 500 a second, p50", value: p50, unit: "ms", goal: { max: 0.8 } },
      { what: "at 500 a second, p99", value: p99, unit: "ms", goal: { max: 3 } },
    ];
  },
};

export const webhookLatencyPostgres: Benchmark = {
  name: "webhook-latency-postgres",
  claim: "on PostgreSQL, on the same machine, it is answered within two milliseconds",
  run: () =>
    onPostgres(async (database) => {
      await using server = await startServer({ arguments: ["--database", database] });
      const { p50, p99 } = await latencyMs(server);
      return [
        { what: "at 500 a second, p50", value: p50, unit: "ms", goal: { max: 1.2 } },
        { what: "at 500 a second, p99", value: p99, unit: "ms", goal: { max: 5 } },
      ];
    }),
};

/** Of calls of a webhook at 500 a second, once the server is warm. */
async function latencyMs(server: ServerProcess): Promise<{ readonly p50: number; readonly p99: number }> {
  await server.apply(NO_OP_FLOW);
  const load = { port: server.port, ...NO_OP_REQUEST, connections: 64 };
  await generateLoad({ ...load, seconds: 5 });
  const { latencyMs: measured, failures } = await generateLoad({ ...load, seconds: 10, rate: 500 });
  if (failures > 0) throw new Error(`${failures} requests failed.`);
  return measured;
}
