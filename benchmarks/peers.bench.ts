import type { Benchmark } from "./measure/benchmark.ts";
import { onPostgres } from "./measure/on-postgres.ts";
import { startServer } from "./measure/server-process.ts";
import { DBOS_PACKAGE, dbosPerSecond } from "./peers/dbos.ts";
import { installPeers, type PeerFolder } from "./peers/peer-process.ts";
import { RESTATE_PACKAGES, restatePerSecond } from "./peers/restate.ts";
import { noOpExecutions } from "./webhook-throughput.bench.ts";

/** Calls at once: each peer is given the number that it does most with. */
const CONCURRENCIES = [32, 128];
const TIMES = 6;

export const peers: Benchmark = {
  name: "peers",
  claim:
    "three steps that do nothing, durable, in the same run: several times as many a second as others that are installed from npm",
  onDemand: true,
  run: async () => {
    const installed = await installPeers([DBOS_PACKAGE, ...RESTATE_PACKAGES]);
    if ("skipped" in installed) return installed;
    await using folder = installed;
    const capstan = await onPostgres(async (database) => {
      await using server = await startServer({ arguments: ["--database", database] });
      return (await noOpExecutions(server)).perSecond;
    });
    const dbos = await most(folder, dbosPerSecond);
    const restate = await most(folder, restatePerSecond);
    return [
      { what: "Capstan on PostgreSQL, started by webhook, with logs", value: capstan, unit: "/s" },
      { what: "DBOS on PostgreSQL, started in its own process", value: dbos, unit: "/s" },
      { what: "Restate, started over HTTP, on its own log", value: restate, unit: "/s" },
      {
        what: "Capstan over the best of them",
        value: capstan / Math.max(dbos, restate),
        unit: "×",
        goal: { min: TIMES },
      },
    ];
  },
};

async function most(folder: PeerFolder, perSecond: typeof dbosPerSecond): Promise<number> {
  const seconds = Number(process.env["BENCH_SECONDS"] ?? 15);
  let found = 0;
  for (const concurrency of CONCURRENCIES) found = Math.max(found, await perSecond(folder, { seconds, concurrency }));
  return found;
}
