import type { Benchmark } from "./measure/benchmark.ts";
import { generateLoad } from "./measure/load.ts";
import { type ServerProcess, startServer } from "./measure/server-process.ts";
import { storeFloor } from "./measure/store-floor.ts";

export const NO_OP_FLOW = `
id: no-op
namespace: bench
tasks:
  - id: first
    type: io.kestra.plugin.core.log.Log
    message: started with {{ trigger.body.number }}
  - id: second
    type: io.kestra.plugin.core.debug.Return
    format: "{{ flow.id }} {{ execution.id }}"
  - id: third
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.second.value }}"
triggers:
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: benchmark
`;
export const NO_OP_REQUEST = { path: "/api/v1/main/executions/webhook/bench/no-op/benchmark", body: '{"number":1}' };

/** First requests make the code hot; they don't count. */
const WARM_UP_SECONDS = 5;

export const webhookThroughput: Benchmark = {
  name: "webhook-throughput",
  claim: "executions of three no-op tasks with their logs, started by webhook, are limited by what SQLite can write",
  run: async () => {
    await using server = await startServer();
    const { perSecond, processorUs } = await noOpExecutions(server);
    const floor = { what: "rows written by one thread", value: storeFloor() };
    return [
      { what: "executions", value: perSecond, unit: "/s", floor, goal: { min: 10_000 } },
      { what: "processor time of the server for one", value: processorUs, unit: "µs" },
    ];
  },
};

/** As many executions of the no-op flow as a server can do, and what each costs it. */
export async function noOpExecutions(server: ServerProcess) {
  await server.apply(NO_OP_FLOW);
  return moreExecutions(server);
}

/** The same where the flow is there already. */
export async function moreExecutions(server: ServerProcess) {
  const load = { port: server.port, ...NO_OP_REQUEST, connections: 256 };
  const warmUp = await generateLoad({ ...load, seconds: WARM_UP_SECONDS });
  const before = await server.processorMs();
  const result = await generateLoad({ ...load, seconds: Number(process.env["BENCH_SECONDS"] ?? 15) });
  const processorUs = ((await server.processorMs()) - before) * 1000;
  if (result.failures > 0) throw new Error(`${result.failures} requests failed.`);
  return {
    perSecond: result.perSecond,
    processorUs: processorUs / result.requests,
    /** All that there were, with those that made the code hot. */
    requests: warmUp.requests + result.requests,
  };
}
