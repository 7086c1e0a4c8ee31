import { setTimeout as wait } from "node:timers/promises";
import { startServer, type ServerProcessOptions } from "./server-process.ts";

/** An idle server gives memory back after this time at the latest. */
const SETTLE_MS = 12_000;

/** Time from the start of a server to its first answer, in milliseconds. */
export async function startedMs(options: ServerProcessOptions): Promise<number> {
  await using server = await startServer(options);
  return server.startMs;
}

/** Memory that a server holds once it has given back what its start took, in bytes. */
export async function settledBytes(options: ServerProcessOptions): Promise<number> {
  await using server = await startServer(options);
  await wait(SETTLE_MS);
  return await server.residentBytes();
}
