import { setTimeout as delay } from "node:timers/promises";
import { until } from "../../server-process.ts";
import type { Rig } from "../rig.ts";
import type { Kind } from "./kind.ts";

/** How long a process is stopped that comes back before anybody misses it, in milliseconds. */
const BRIEFLY_MS = 500;
/** The lease of a leader whose silence is the fault. */
const SHORT = { lease: "PT3S" };

export const SERVER_FAULTS: Readonly<Record<string, Kind>> = {
  "the leader is killed": {
    happen: async (rig) => (await rig.serverThat("LEADING")).process.kill(),
    again: "here",
  },
  "a standby is killed": {
    happen: async (rig) => (await rig.serverThat("STANDBY")).process.kill(),
    // It runs tasks of the default group, as the leader does.
    again: "here",
  },
  "both servers are killed at once": {
    happen: async ({ servers }) => {
      await Promise.all(servers.map(async (seat) => seat.running()?.kill()));
    },
    again: "here",
  },
  "the leader is told to end": {
    happen: async (rig) => (await rig.serverThat("LEADING")).process.stop(),
  },
  "each server is replaced by another": {
    happen: async ({ servers }) => {
      for (const seat of servers) await seat.replace();
    },
    rig: { isRepeated: false },
  },
  "the leader is stopped past its lease": {
    happen: async (rig) => {
      const { process: stopped } = await rig.serverThat("LEADING");
      process.kill(stopped.pid, "SIGSTOP");
      await untilAnotherLeads(rig, stopped.pid);
      process.kill(stopped.pid, "SIGCONT");
    },
    rig: SHORT,
    again: "here",
  },
  "the leader is stopped for a moment": {
    happen: async (rig) => {
      const { process: stopped } = await rig.serverThat("LEADING");
      process.kill(stopped.pid, "SIGSTOP");
      await delay(BRIEFLY_MS);
      process.kill(stopped.pid, "SIGCONT");
    },
  },
  "the line of the leader falls silent past its lease": {
    happen: async (rig) => {
      const { line, process: cutOff } = await rig.serverThat("LEADING");
      line.fallSilent();
      await untilAnotherLeads(rig, cutOff.pid);
      line.heal();
    },
    rig: SHORT,
    again: "here",
  },
};

async function untilAnotherLeads({ cluster }: Rig, pid: number): Promise<void> {
  const sql = `SELECT 1 FROM writers JOIN members ON id = holder WHERE state = 'LEADING' AND name NOT LIKE '%:${pid}'`;
  await until("another server leads", async () => ((await cluster.query(sql)).length > 0 ? true : undefined));
}
