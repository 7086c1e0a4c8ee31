import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark } from "./measure/benchmark.ts";
import { idleBytes } from "./measure/idle.ts";
import { makeLive, WAITING_FLOW } from "./measure/live-executions.ts";
import { startServer } from "./measure/server-process.ts";

const FEW = 1_000;
const MANY = 100_000;

export const liveMemory: Benchmark = {
  name: "live-memory",
  claim: "an execution that waits costs a few kilobytes of memory, whether the server made it or found it at its start",
  run: async () => {
    const data = await mkdtemp(join(tmpdir(), "capstan-bench-"));
    try {
      const made = await whileMade(data);
      return [
        { what: "of one that was made, with what making it leaves behind", value: made.kb, unit: "KB" },
        {
          what: "of one that was found at the start",
          value: await onceFound(data, made.live),
          unit: "KB",
          goal: { max: 8 },
        },
      ];
    } finally {
      await rm(data, { recursive: true });
    }
  },
};

async function whileMade(data: string): Promise<{ readonly live: number; readonly kb: number }> {
  await using server = await startServer({ data });
  await server.apply(WAITING_FLOW);
  const few = await makeLive(server, FEW);
  const before = await idleBytes(server);
  const live = await makeLive(server, MANY, few);
  return { live, kb: ((await idleBytes(server)) - before) / (live - few) / 1_000 };
}

/** Against a server that has the same flow and nothing that lives. */
async function onceFound(data: string, live: number): Promise<number> {
  await using empty = await startServer();
  await empty.apply(WAITING_FLOW);
  const before = await idleBytes(empty);
  await using server = await startServer({ data });
  return ((await idleBytes(server)) - before) / live / 1_000;
}
