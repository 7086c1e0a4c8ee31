import type { Benchmark, Figure } from "./measure/benchmark.ts";
import { endsOf, runToEnd } from "./measure/execution.ts";
import { startServer } from "./measure/server-process.ts";

const MEGABYTE = 1024 * 1024;

/** A loop of no-ops; `concurrencyLimit` 0: all at once. */
export function loopFlow(iterations: number, concurrencyLimit: number): string {
  return `
id: loop-${iterations}-${concurrencyLimit}
namespace: bench
tasks:
  - id: loop
    type: io.kestra.plugin.core.flow.ForEach
    concurrencyLimit: ${concurrencyLimit}
    values: "{{ range(1, ${iterations}) }}"
    tasks:
      - id: body
        type: io.kestra.plugin.core.debug.Return
        format: "{{ taskrun.value }}"
`;
}

interface Case {
  readonly iterations: number;
  readonly concurrencyLimit: number;
  readonly goalUs: number;
}

const CASES: readonly Case[] = [
  { iterations: 10_000, concurrencyLimit: 0, goalUs: 60 },
  { iterations: 10_000, concurrencyLimit: 1, goalUs: 300 },
  { iterations: 100_000, concurrencyLimit: 0, goalUs: 60 },
];

export const forEach: Benchmark = {
  name: "for-each",
  claim: "ten thousand iterations cost ten thousand times one",
  run: async () => {
    const figures: Figure[] = [];
    for (const { iterations, concurrencyLimit, goalUs } of CASES) {
      await using server = await startServer();
      const name = `${iterations} iterations, ${concurrencyLimit === 0 ? "all" : "one"} at once`;
      await server.apply(loopFlow(1_000, concurrencyLimit));
      await runToEnd(server, "bench", `loop-1000-${concurrencyLimit}`);
      await server.apply(loopFlow(iterations, concurrencyLimit));
      const before = await server.residentBytes();
      const { id, durationMs } = await runToEnd(server, "bench", `loop-${iterations}-${concurrencyLimit}`);
      const after = await server.residentBytes();
      const us = (durationMs / iterations) * 1000;
      figures.push(
        { what: `${name}: an iteration`, value: us, unit: "µs", goal: { max: goalUs } },
        { what: `${name}: memory taken`, value: (after - before) / MEGABYTE, unit: "MB", goal: { max: 60 } },
        {
          what: `${name}: last tenth over first`,
          value: lastOverFirst(endsOf(server.data, id, "body")),
          unit: "×",
          goal: { max: 1.1 },
        },
      );
    }
    return figures;
  },
};

/** How long the last tenth of the iterations took to end, against the first. */
function lastOverFirst(ends: readonly number[]): number {
  const sorted = ends.toSorted((left, right) => left - right);
  const tenth = Math.floor(sorted.length / 10);
  const first = sorted[tenth]! - sorted[0]!;
  const last = sorted.at(-1)! - sorted[sorted.length - 1 - tenth]!;
  return first === 0 ? (last === 0 ? 1 : last) : last / first;
}
