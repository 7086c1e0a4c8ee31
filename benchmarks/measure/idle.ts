import { setTimeout as wait } from "node:timers/promises";
import type { ServerProcess } from "./server-process.ts";

/** A server that uses less of a processor than this, in this time, has nothing to do. */
const IDLE = { milliseconds: 20, withinMs: 1_000 };

/** Memory that the server holds once it has nothing to do. */
export async function idleBytes(server: ServerProcess): Promise<number> {
  for (let last = -Infinity; ;) {
    const used = await server.processorMs();
    if (used - last < IDLE.milliseconds) return server.residentBytes();
    last = used;
    await wait(IDLE.withinMs);
  }
}
