import { setTimeout as delay } from "node:timers/promises";
import { until } from "../server-process.ts";
import type { Rig } from "./rig.ts";

/** Something that goes wrong while work is done; resolves when it is over, whatever it left behind. */
export type Fault = (rig: Rig) => Promise<void>;

/** How long a process is stopped that comes back before anybody misses it, in milliseconds. */
const BRIEFLY_MS = 500;

export const FAULTS: Readonly<Record<string, Fault>> = {
  "the leader is killed": async (rig) => (await rig.seatOf("LEADING")).process.kill(),
  "a standby is killed": async (rig) => (await rig.seatOf("STANDBY")).process.kill(),
  "the leader is told to end": async (rig) => (await rig.seatOf("LEADING")).process.stop(),
  "the leader is stopped past its lease": async (rig) => {
    const { process: stopped } = await rig.seatOf("LEADING");
    process.kill(stopped.pid, "SIGSTOP");
    await untilAnotherLeads(rig, stopped.pid);
    process.kill(stopped.pid, "SIGCONT");
  },
  "the leader is stopped for a moment": async (rig) => {
    const { process: stopped } = await rig.seatOf("LEADING");
    process.kill(stopped.pid, "SIGSTOP");
    await delay(BRIEFLY_MS);
    process.kill(stopped.pid, "SIGCONT");
  },
  "the database crashes": async (rig) => {
    await rig.cluster.crash();
    await rig.cluster.start();
  },
  "all connections are cut": async (rig) => {
    for (const { line } of rig.seats) line.cut();
  },
  "the line of the leader falls silent past its lease": async (rig) => {
    const { line, process: cutOff } = await rig.seatOf("LEADING");
    line.fallSilent();
    await untilAnotherLeads(rig, cutOff.pid);
    line.heal();
  },
};

async function untilAnotherLeads({ cluster }: Rig, pid: number): Promise<void> {
  const sql = `SELECT 1 FROM writers JOIN members ON id = holder WHERE state = 'LEADING' AND name NOT LIKE '%:${pid}'`;
  await until("another server leads", async () => ((await cluster.query(sql)).length > 0 ? true : undefined));
}
