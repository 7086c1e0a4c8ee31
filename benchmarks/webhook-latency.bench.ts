import type { Benchmark } from "./measure/benchmark.ts";
import { generateLoad } from "./measure/load.ts";
import { startServer } from "./measure/server-process.ts";
import { NO_OP_FLOW, NO_OP_REQUEST } from "./webhook-throughput.bench.ts";

export const webhookLatency: Benchmark = {
  name: "webhook-latency",
  claim: "a webhook is answered, with its execution durable and its first task entered, within a millisecond",
  run: async () => {
    await using server = await startServer();
    await server.apply(NO_OP_FLOW);
    const load = { port: server.port, ...NO_OP_REQUEST, connections: 64 };
    await generateLoad({ ...load, seconds: 5 });
    const { latencyMs, failures } = await generateLoad({ ...load, seconds: 10, rate: 500 });
    if (failures > 0) throw new Error(`${failures} requests failed.`);
    return [
      { what: "at 500 a second, p50", value: latencyMs.p50, unit: "ms", goal: { max: 0.8 } },
      { what: "at 500 a second, p99", value: latencyMs.p99, unit: "ms", goal: { max: 3 } },
    ];
  },
};
