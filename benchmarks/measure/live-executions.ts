import { generateLoad } from "./load.ts";
import type { ServerProcess } from "./server-process.ts";

/** Waits for a person; started by webhook. */
export const WAITING_FLOW = `
id: waiting
namespace: bench
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
triggers:
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: benchmark
`;
export const WAITING_PATH = "/api/v1/main/executions/webhook/bench/waiting/benchmark";

/** Well above what a server makes. */
const LIVE_PER_SECOND = 10_000;

/** Starts the waiting flow until so many executions of it live, of which some do already; answers how many do, which are a few more. */
export async function makeLive({ port }: ServerProcess, count: number, already = 0): Promise<number> {
  let live = already;
  while (live < count) {
    // Less and less, so as not to make many more.
    const seconds = Math.max(0.1, (count - live) / LIVE_PER_SECOND);
    const { requests, failures } = await generateLoad({
      port,
      path: WAITING_PATH,
      body: "{}",
      connections: 64,
      seconds,
    });
    live += requests - failures;
  }
  return live;
}
