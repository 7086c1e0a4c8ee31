import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Benchmark } from "./measure/benchmark.ts";
import { makeLive, WAITING_FLOW } from "./measure/live-executions.ts";
import { type ServerProcess, startServer } from "./measure/server-process.ts";

const FEW = 1_000;
const MANY = 100_000;
/** A server that uses less of a processor than this, in this time, has nothing to do. */
const IDLE = { milliseconds: 20, withinMs: 1_000 };

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

/** Memory that the server holds once it has nothing to do. */
async function idleBytes(server: ServerProcess): Promise<number> {
  for (let last = -Infinity; ;) {
    const used = await server.processorMs();
    if (used - last < IDLE.milliseconds) return server.residentBytes();
    last = used;
    await wait(IDLE.withinMs);
  }
}
