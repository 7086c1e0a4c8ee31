import { setTimeout as delay } from "node:timers/promises";
import type { Kind } from "./kind.ts";

/** How long a worker may be silent whose silence is the fault, and as long in milliseconds. */
const SHORT = { lostAfter: "PT3S" };
const SHORT_MS = 3_000;

export const WORKER_FAULTS: Readonly<Record<string, Kind>> = {
  "a worker is killed": {
    happen: async ({ workers }) => workers[0]!.running()!.kill(),
    rig: SHORT,
    again: "elsewhere",
  },
  "a worker is stopped past its limit": {
    happen: async ({ workers }) => {
      const { pid } = workers[0]!.running()!;
      process.kill(pid, "SIGSTOP");
      await delay(1.5 * SHORT_MS);
      process.kill(pid, "SIGCONT");
    },
    rig: SHORT,
    again: "elsewhere",
  },
  "a worker is told to end": {
    happen: async ({ workers }) => workers[0]!.running()!.stop(),
  },
  "the lines of all workers are cut": {
    happen: async ({ workers }) => {
      for (const { line } of workers) line.cut();
    },
  },
  "the line of a worker falls silent past its limit": {
    happen: async ({ workers }) => {
      const { line } = workers[0]!;
      line.fallSilent();
      await delay(1.5 * SHORT_MS);
      line.heal();
    },
    rig: SHORT,
    again: "elsewhere",
  },
};
