import type { Worker } from "../worker.ts";

/** A worker for tests whose tasks all run in the engine's turn. */
export const idleWorker: Worker = {
  runningCount: 0,
  queuedCount: 0,
  capacity: 1,
  start: async () => undefined,
  stop: async () => undefined,
  submit: () => undefined,
  kill: () => undefined,
  poll: async () => undefined,
  listen: async () => undefined,
};
