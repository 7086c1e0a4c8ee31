import { loopFlow } from "./for-each.bench.ts";
import type { Benchmark, Figure } from "./measure/benchmark.ts";
import { runToEnd } from "./measure/execution.ts";
import { onPostgres } from "./measure/on-postgres.ts";
import { startServer } from "./measure/server-process.ts";

const COUNTS = [10_000, 100_000];

export const forEachPostgres: Benchmark = {
  name: "for-each-postgres",
  claim: "on PostgreSQL, a hundred thousand iterations cost ten times ten thousand",
  run: () =>
    onPostgres(async (database) => {
      await using server = await startServer({ arguments: ["--database", database] });
      const iterationUs = async (iterations: number, concurrencyLimit: number) => {
        await server.apply(loopFlow(iterations, concurrencyLimit));
        const { durationMs } = await runToEnd(server, "bench", `loop-${iterations}-${concurrencyLimit}`);
        return (durationMs / iterations) * 1_000;
      };
      await iterationUs(1_000, 0);
      const figures: Figure[] = [];
      for (const count of COUNTS)
        figures.push({
          what: `${count} iterations: an iteration`,
          value: await iterationUs(count, 0),
          unit: "µs",
          goal: { max: 150 },
        });
      const [few, many] = figures;
      figures.push({ what: "of many over one of few", value: many!.value / few!.value, unit: "×", goal: { max: 1.1 } });
      const one = await iterationUs(10_000, 1);
      figures.push({ what: "10000 iterations, one at once: an iteration", value: one, unit: "µs" });
      return figures;
    }),
};
