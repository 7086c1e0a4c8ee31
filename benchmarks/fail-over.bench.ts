import { startPostgresCluster } from "@capstan/store/test-kit";
import type { Benchmark } from "./measure/benchmark.ts";
import { makeLive, WAITING_FLOW, WAITING_PATH } from "./measure/live-executions.ts";
import { type ServerProcess, startServer } from "./measure/server-process.ts";

/** Executions that wait for a person when the leader dies. */
const FEW = 100;
const MANY = 100_000;
const LEASE_MS = 5_000;

export const failOver: Benchmark = {
  name: "fail-over",
  claim:
    "a server that stands by takes work within a second of a kill, however many executions are live; or after the lease",
  run: async () => [
    {
      what: "from the kill of the leader to the first answer of the other server, 100 executions live",
      value: await silenceMs(FEW, "SIGKILL"),
      unit: "ms",
      goal: { max: LEASE_MS + 1_000 },
    },
    {
      what: "from the kill of the leader to the first answer of the other server, 100,000 executions live",
      value: await silenceMs(MANY, "SIGKILL"),
      unit: "ms",
      goal: { max: 5_000 },
    },
    {
      what: "from the stop of the leader to the first answer of the other server, with a lease of 5 s",
      value: await silenceMs(FEW, "SIGSTOP"),
      unit: "ms",
      goal: { max: LEASE_MS + 1_000 },
    },
  ],
};

/** How long a caller of the server that stands by waits for an answer when something happens to the one that leads. */
async function silenceMs(live: number, signal: NodeJS.Signals): Promise<number> {
  const cluster = await startPostgresCluster({ durable: true });
  try {
    const settings = { arguments: ["--database", cluster.url] };
    await using leader = await startServer(settings);
    await using standby = await startServer(settings);
    await leader.apply(WAITING_FLOW);
    await makeLive(leader, live);
    leader.signal(signal);
    const begin = performance.now();
    await untilAnswered(standby);
    const took = performance.now() - begin;
    leader.signal("SIGKILL");
    return took;
  } finally {
    await cluster.dispose();
  }
}

async function untilAnswered({ url }: ServerProcess): Promise<void> {
  for (;;) {
    const signal = AbortSignal.timeout(60_000);
    const response = await fetch(`${url}${WAITING_PATH}`, { method: "POST", body: "{}", signal });
    await response.text();
    if (response.ok) return;
  }
}
