import { setTimeout as delay } from "node:timers/promises";
import { type Execution, executionsOf } from "../../executions.ts";
import { until } from "../../server-process.ts";
import { NAMESPACE } from "../flows.ts";
import type { Rig } from "../rig.ts";
import type { Kind } from "./kind.ts";

/** How long a disk stays full, in milliseconds. */
const FULL_MS = 2_000;

export const DISK_FAULTS: Readonly<Record<string, Kind>> = {
  "the disk of the database's tables is full": {
    happen: fillDatabase,
    rig: { smallDisk: "tables" },
    again: "here",
  },
  "the disk of the database's log is full": {
    happen: fillDatabase,
    rig: { smallDisk: "wal" },
    again: "here",
  },
  "the disk of the files is full": {
    happen: fillFiles,
    rig: { smallDisk: "files" },
    mayFail: isForWantOfRoom,
  },
};

/** PostgreSQL refuses what it can't write or ends, and is started again, in vain for as long as there is no room. */
async function fillDatabase({ cluster, disk, callers }: Rig): Promise<void> {
  const before = callers.refused("store-full");
  await until("calls are refused, or PostgreSQL has ended", async () => {
    await disk!.fill();
    return callers.refused("store-full") > before || !cluster.isRunning() ? true : undefined;
  });
  await delay(FULL_MS);
  if (!cluster.isRunning()) await cluster.start().catch(() => undefined); // There is no room.
  await disk!.free();
  await until("the database is back", async () => {
    if (!cluster.isRunning()) await cluster.start();
    return cluster.query("SELECT").then(
      () => true as const,
      () => undefined,
    );
  });
}

async function fillFiles({ disk, ...rig }: Rig): Promise<void> {
  const failures = async () => (await executionsOf(await rig.api(), NAMESPACE, "files")).filter(isForWantOfRoom).length;
  const before = await failures();
  await disk!.fill();
  await until("a task can't store its file", async () => ((await failures()) > before ? true : undefined));
  await delay(FULL_MS);
  await disk!.free();
}

/** Whether it is one of those that store files, and says why it failed. */
function isForWantOfRoom({ flowId, state, error }: Execution): boolean {
  const isTold = error?.includes("that holds the internal storage is full") === true;
  return flowId === "files" && state.current === "FAILED" && isTold;
}
