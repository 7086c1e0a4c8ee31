import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Benchmark, Figure } from "./measure/benchmark.ts";
import { quantile } from "./measure/benchmark.ts";
import { claimsOf, runToEnd } from "./measure/execution.ts";
import { type ServerProcess, startServer } from "./measure/server-process.ts";
import { startWorker } from "./measure/worker-process.ts";

const TOKEN = "token-of-the-workers-of-benchmarks";
/** After it a server knows that a group has no worker. */
const LOST_AFTER_MS = 1_000;
const CONFIGURATION = `
workers:
  lostAfter: PT1S
  tokens: [{ name: bench, token: ${TOKEN}, groups: [bench] }]
`;

const TASKS = 20_000;
const TASKS_IN_A_ROW = 500;
const WARM_UP = 1_000;
/** Jobs at the same time, here and there. */
const CONCURRENCY = 128;

/** Whoever names a group for a task wants a worker to run it, which the engine would do by itself otherwise. */
const PLACES = {
  server: "{ key: nobody, fallback: IGNORE }",
  worker: "{ key: bench }",
} as const;
type Place = keyof typeof PLACES;

function loopFlow(place: Place, count: number, limit: number): string {
  return `
id: ${place}-${count}
namespace: bench
tasks:
  - id: loop
    type: io.kestra.plugin.core.flow.ForEach
    concurrencyLimit: ${limit}
    values: "{{ range(1, ${count}) }}"
    tasks:
      - id: body
        type: io.kestra.plugin.core.debug.Return
        format: "{{ taskrun.value }}"
        workerGroup: ${PLACES[place]}
`;
}

export const remoteWorkers: Benchmark = {
  name: "remote-workers",
  claim: "a task at a worker of another process costs little more than at the server's own",
  run: async () => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-bench-workers-"));
    const config = join(folder, "capstan.yaml");
    await writeFile(config, CONFIGURATION);
    try {
      await using server = await startServer({ arguments: ["--config", config] });
      await using _worker = await startWorker(server, { token: TOKEN, concurrency: CONCURRENCY });
      await wait(2 * LOST_AFTER_MS);
      return await measure(server);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure(server: ServerProcess): Promise<readonly Figure[]> {
  for (const place of ["server", "worker"] as const) await run(server, place, WARM_UP, CONCURRENCY);
  const rate = async (place: Place) => (TASKS / (await run(server, place, TASKS, CONCURRENCY)).durationMs) * 1_000;
  const own = await rate("server");
  const other = await rate("worker");
  const claims = async (place: Place) => {
    const { id } = await run(server, place, TASKS_IN_A_ROW, 1);
    return claimsOf(server.data, id, "body");
  };
  const ownClaims = await claims("server");
  const otherClaims = await claims("worker");
  return [
    {
      what: "tasks that do next to nothing, at one worker of another process",
      value: other,
      unit: "/s",
      goal: { min: 2_500 },
      floor: { what: "at the server's own", value: own },
    },
    {
      what: "from submitted to running, one after the other: median",
      value: quantile(otherClaims, 0.5),
      unit: "ms",
      goal: { max: 5 },
    },
    { what: "the same at the server's own: median", value: quantile(ownClaims, 0.5), unit: "ms" },
    { what: "at the other process: 99 of 100", value: quantile(otherClaims, 0.99), unit: "ms", goal: { max: 20 } },
  ];
}

async function run(server: ServerProcess, place: Place, count: number, limit: number) {
  await server.apply(loopFlow(place, count, limit));
  return runToEnd(server, "bench", `${place}-${count}`);
}
