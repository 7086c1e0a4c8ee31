import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import type { Benchmark } from "./measure/benchmark.ts";
import { median, timeMs } from "./measure/benchmark.ts";
import { seedFlows } from "./measure/seed-flows.ts";
import { startServer } from "./measure/server-process.ts";
import { settledBytes, startedMs } from "./measure/starts.ts";

const CAPSTAN = new URL("../packages/cli/bin/capstan.cjs", import.meta.url).pathname;
const ROUNDS = 9;
const FLOWS = 100_000;
const MEGABYTE = 1024 * 1024;

export const start: Benchmark = {
  name: "start",
  claim: "a server is ready at once, however many flows it holds",
  run: async () => {
    const data = await mkdtemp(join(tmpdir(), "capstan-bench-"));
    try {
      const bareMs = await medianOf(() => timeMs(() => spawnSync(process.execPath, ["-e", "0"])));
      const helpMs = await medianOf(() => timeMs(() => spawnSync(process.execPath, [CAPSTAN, "--help"])));
      await startedMs({ data });
      const startMs = await medianOf(() => startedMs({ data }));
      const idle = await settledBytes({ data });
      await seedFlows(data, FLOWS);
      await untilScheduled(data);
      const filledMs = await medianOf(() => startedMs({ data }), 3);
      const floor = { what: "a bare Node", value: bareMs };
      return [
        { what: "--help", value: helpMs, unit: "ms", floor, goal: { max: 60 } },
        { what: "start to healthy", value: startMs, unit: "ms", floor, goal: { max: 150 } },
        { what: "memory when idle", value: idle / MEGABYTE, unit: "MB", goal: { max: 80 } },
        { what: "added by 100,000 flows with schedules", value: filledMs - startMs, unit: "ms", goal: { max: 500 } },
      ];
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  },
};

/** The first start after the seeding gives each schedule its next date; that happens once in the life of a schedule. */
async function untilScheduled(data: string): Promise<void> {
  await using _server = await startServer({ data });
  const database = new DatabaseSync(join(data, "capstan.db"), { readOnly: true });
  const scheduled = database.prepare("SELECT count(*) AS count FROM triggers WHERE next_date IS NOT NULL");
  while (Number(scheduled.get()?.["count"]) < FLOWS) await wait(500);
  database.close();
}

async function medianOf(measure: () => Promise<number>, rounds = ROUNDS): Promise<number> {
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) values.push(await measure());
  return median(values);
}
