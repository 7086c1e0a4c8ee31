import type { Benchmark, Figure, Skipped } from "./measure/benchmark.ts";
import { generateLoad } from "./measure/load.ts";
import { onPostgres } from "./measure/on-postgres.ts";
import { type ServerProcess, startServer } from "./measure/server-process.ts";
import { slowDisk as startSlowDisk } from "./measure/slow-disk.ts";
import { NO_OP_REQUEST, noOpExecutions } from "./webhook-throughput.bench.ts";

/** A volume of a cloud takes 0.5 to 2 ms for a flush that a local disk does in 0.1 ms. */
const DELAY_MS = 1;
/** What is left of the rate. */
const SHARE_MIN = 0.7;

type Environment = Readonly<Record<string, string>>;

export const slowDisk: Benchmark = {
  name: "slow-disk",
  claim:
    "a disk whose flushes take a millisecond longer costs a lone caller little more than that, and the rate less than a third",
  run: () =>
    compared(async (environment) => {
      await using server = await startServer({ environment });
      return await measure(server);
    }),
};

export const slowDiskPostgres: Benchmark = {
  name: "slow-disk-postgres",
  claim: "so it is on PostgreSQL",
  run: () =>
    compared((environment) =>
      onPostgres(
        async (database) => {
          await using server = await startServer({ arguments: ["--database", database] });
          return await measure(server);
        },
        { environment },
      ),
    ),
};

interface Measured {
  /** Executions a second of many callers. */
  readonly perSecond: number;
  /** Until a lone caller is answered, half of the time. */
  readonly answerMs: number;
}

async function measure(server: ServerProcess): Promise<Measured> {
  const { perSecond } = await noOpExecutions(server);
  const load = { port: server.port, ...NO_OP_REQUEST, connections: 1, seconds: 3 };
  return { perSecond, answerMs: (await generateLoad(load)).latencyMs.p50 };
}

/** In turns, so that a neighbour who is busy for a while disturbs both. */
async function compared(run: (environment: Environment) => Promise<Measured>): Promise<readonly Figure[] | Skipped> {
  const disk = await startSlowDisk(DELAY_MS);
  if ("skipped" in disk) return disk;
  await using slow = disk;
  const plain: Measured[] = [];
  const delayed: Measured[] = [];
  for (const isSlow of [false, true, true, false]) {
    (isSlow ? delayed : plain).push(await run(isSlow ? slow.environment : {}));
  }
  const [rate, floorRate] = [mean(delayed, "perSecond"), mean(plain, "perSecond")];
  const [answer, floorAnswer] = [mean(delayed, "answerMs"), mean(plain, "answerMs")];
  // Each answer waits for a flush.
  if (answer < DELAY_MS) throw new Error("The delay did not reach the process that flushes.");
  const floor = (value: number) => ({ what: "without the millisecond", value });
  return [
    {
      what: "executions",
      value: rate,
      unit: "/s",
      floor: floor(floorRate),
      goal: { min: Math.round(floorRate * SHARE_MIN) },
    },
    { what: "a lone caller is answered after, p50", value: answer, unit: "ms", floor: floor(floorAnswer) },
  ];
}

function mean(all: readonly Measured[], name: keyof Measured): number {
  return all.reduce((sum, measured) => sum + measured[name], 0) / all.length;
}
