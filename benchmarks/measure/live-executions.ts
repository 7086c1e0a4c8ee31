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

/** Starts the waiting flow until so many executions of it live; answers how many do, which are a few more. */
export async function makeLive({ port, url }: ServerProcess, count: number): Promise<number> {
  const answer = async () => {
    const response = await fetch(`${url}/api/v1/main/executions/search?size=1&state=PAUSED`);
    return ((await response.json()) as { readonly total: number }).total;
  };
  let live = await answer();
  for (; live < count; live = await answer()) {
    // Less and less, so as not to make many more.
    const seconds = Math.max(0.1, (count - live) / LIVE_PER_SECOND);
    await generateLoad({ port, path: WAITING_PATH, body: "{}", connections: 64, seconds });
  }
  return live;
}
