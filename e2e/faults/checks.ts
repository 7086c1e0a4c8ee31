import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type Execution, executionsOf, hasEnded } from "../executions.ts";
import { everySecond, firedDates, parentsOf, playedTwice, unsuccessful } from "../outcomes.ts";
import { until } from "../server-process.ts";
import { CALLED, LIMIT, NAMESPACE } from "./flows.ts";
import type { Rig } from "./rig.ts";

const FLOWS = ["hook", "calls", "waits", "watches", "queued", "marks"] as const;
type Found = Readonly<Record<(typeof FLOWS)[number], readonly Execution[]>>;

/**
 * Once the callers rest: everything ends, nothing that was acknowledged is missing, and nothing is there twice. A command may have run
 * once more for each fault, since nobody can know what a process did that died.
 */
export async function checkAll(rig: Rig, faults: number): Promise<void> {
  const api = await rig.api();
  const found = await until("every execution ends", () => allEnded(api));
  const everything = Object.values(found).flat();
  expect(unsuccessful(everything)).toEqual([]);
  expect(everything.flatMap(playedTwice)).toEqual([]);
  const present = new Set(everything.map(({ id }) => id));
  expect(rig.taken.filter((id) => !present.has(id))).toEqual([]);
  const called = CALLED.flatMap((flow) => found[flow]);
  expect({ calls: rig.taken.length, executions: called.length }).toEqual({
    calls: new Set(rig.taken).size,
    executions: rig.taken.length,
  });

  const idsOf = (executions: readonly Execution[]) => executions.map(({ id }) => id).toSorted();
  expect(parentsOf(found.waits)).toEqual(idsOf(found.calls));
  expect(parentsOf(found.watches)).toEqual(idsOf(found.waits));
  expect(atOnce(found.queued)).toBeLessThanOrEqual(LIMIT);
  for (const { id } of found.marks) {
    const times = (await readFile(join(rig.marks, id), "utf8")).split("\n").length - 1;
    expect({ id, times, tooOften: times > 1 + faults }).toMatchObject({ tooOften: false });
  }
  const dates = firedDates(await executionsOf(api, NAMESPACE, "tick"));
  expect(dates).toEqual(everySecond(dates));

  await rig.stop();
  for (const table of ["live_executions", "timers", "messages"])
    expect({ table, rows: await rig.cluster.query(`SELECT * FROM ${table}`) }).toEqual({ table, rows: [] });
}

async function allEnded(api: string): Promise<Found | undefined> {
  const lists = await Promise.all(FLOWS.map((flow) => executionsOf(api, NAMESPACE, flow)));
  const found = Object.fromEntries(FLOWS.map((flow, index) => [flow, lists[index]!])) as Found;
  // The last ones are watched a moment after they end. What comes meanwhile moves others from one page to the next.
  const all = lists.flat();
  const isStill = new Set(all.map(({ id }) => id)).size === all.length;
  return isStill && all.every(hasEnded) && found.watches.length >= found.waits.length ? found : undefined;
}

/** How many executions were running at the same time, at most. */
function atOnce(executions: readonly Execution[]): number {
  const changes = executions.flatMap(({ state: { histories } }) => {
    const begin = histories.find(({ state }) => state === "RUNNING")!;
    return [
      { at: Date.parse(begin.date), by: 1 },
      { at: Date.parse(histories.at(-1)!.date), by: -1 },
    ];
  });
  let running = 0;
  // One that ends lets the next one begin within the same millisecond.
  const counts = changes
    .toSorted((one, other) => one.at - other.at || one.by - other.by)
    .map(({ by }) => (running += by));
  return Math.max(0, ...counts);
}
