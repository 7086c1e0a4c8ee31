import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type Execution, executionsOf, hasEnded } from "../executions.ts";
import { everySecond, firedDates, parentsOf, playedTwice, unsuccessful } from "../outcomes.ts";
import { until } from "../server-process.ts";
import { CALLED, LIMIT, NAMESPACE } from "./flows.ts";
import type { Kind } from "./kinds/kind.ts";
import { report } from "./report.ts";
import type { Rig } from "./rig.ts";

const FLOWS = ["hook", "calls", "waits", "watches", "queued", "marks", "elsewhere", "files"] as const;
type Found = Readonly<Record<(typeof FLOWS)[number], readonly Execution[]>>;

/** What happened to a rig. */
export interface Happened {
  readonly name: string;
  readonly kind: Kind;
  /** How often. */
  readonly times: number;
}

/** Once the callers rest: everything ends as it should, nothing that was acknowledged is missing, and nothing is there twice. */
export async function checkAll(rig: Rig, { name, kind, times }: Happened): Promise<void> {
  const api = await rig.api();
  const found = await untilAllEnded(api);
  const everything = Object.values(found).flat();
  const dates = firedDates(await executionsOf(api, NAMESPACE, "tick"));
  const lost = lostOf(rig, found, dates);
  const doubled = doubledOf(rig, found, dates);
  const mayFail = kind.mayFail ?? (() => false);
  const runs = await runsOf(rig.marks);
  await report({
    kind: name,
    times,
    acknowledged: rig.callers.taken.length,
    executions: everything.length + dates.length,
    lost: lost.length,
    doubled: doubled.length,
    failed: everything.filter(mayFail).length,
    again: [...runs.values()].reduce((sum, count) => sum + count - 1, 0),
    longestSilenceMs: rig.callers.longestSilenceMs(),
  });
  const failed = unsuccessful(everything.filter((execution) => !mayFail(execution)));
  expect({ lost, doubled, failed, refused: rig.callers.failed }).toEqual({
    lost: [],
    doubled: [],
    failed: [],
    refused: [],
  });
  expect(atOnce(found.queued)).toBeLessThanOrEqual(LIMIT);
  const mayAgain = (where: Kind["again"]) => (kind.again === where ? 1 + times : 1);
  const amiss = [
    ...ranAmiss(found.marks, runs, mayAgain("here")),
    ...ranAmiss(found.elsewhere, runs, mayAgain("elsewhere")),
  ];
  expect(amiss).toEqual([]);

  await rig.stop();
  for (const table of ["live_executions", "timers", "messages"])
    expect({ table, rows: await rig.cluster.query(`SELECT * FROM ${table}`) }).toEqual({ table, rows: [] });
}

/** What should be there and is not: executions that were acknowledged, those that others started, and dates of the schedule. */
function lostOf({ callers }: Rig, found: Found, dates: readonly number[]): readonly string[] {
  const present = new Set(CALLED.flatMap((flow) => found[flow]).map(({ id }) => id));
  const fired = new Set(dates);
  return [
    ...callers.taken.filter((id) => !present.has(id)),
    ...childrenOf(found).flatMap(([parents, children]) => missing(parents, children)),
    ...everySecond([...fired])
      .filter((date) => !fired.has(date))
      .map(String),
  ];
}

/** What is there more than once: executions for a call, for a parent or a date, and places in an execution. */
function doubledOf({ callers }: Rig, found: Found, dates: readonly number[]): readonly string[] {
  const taken = new Set(callers.taken);
  return [
    ...repeated(callers.taken),
    ...[...new Set(CALLED)].flatMap((flow) => found[flow].map(({ id }) => id)).filter((id) => !taken.has(id)),
    ...childrenOf(found).flatMap(([parents, children]) => [...repeated(children), ...missing(children, parents)]),
    ...repeated(dates.map(String)),
    ...Object.values(found).flat().flatMap(playedTwice),
  ];
}

/** Ids of parents, and those that their children name. */
function childrenOf(found: Found): readonly (readonly [readonly string[], readonly string[]])[] {
  const idsOf = (executions: readonly Execution[]) => executions.map(({ id }) => id);
  return [
    [idsOf(found.calls), parentsOf(found.waits)],
    [idsOf(found.waits.filter(hasSucceeded)), parentsOf(found.watches)],
  ];
}

/** Which is what the flow trigger watches for. */
function hasSucceeded({ state }: Execution): boolean {
  return state.current === "SUCCESS";
}

function missing(wanted: readonly string[], there: readonly string[]): readonly string[] {
  const present = new Set(there);
  return wanted.filter((id) => !present.has(id));
}

function repeated(ids: readonly string[]): readonly string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

/** How often the command of each execution ran, by its id. */
async function runsOf(marks: string): Promise<ReadonlyMap<string, number>> {
  const runs = new Map<string, number>();
  for (const id of await readdir(marks)) runs.set(id, (await readFile(join(marks, id), "utf8")).split("\n").length - 1);
  return runs;
}

/** Executions whose command never ran, or more often than it may. */
function ranAmiss(executions: readonly Execution[], runs: ReadonlyMap<string, number>, timesMax: number) {
  return executions
    .map(({ id, flowId }) => ({ id, flowId, times: runs.get(id) ?? 0 }))
    .filter(({ times }) => times < 1 || times > timesMax);
}

/** Rejects with those that have not ended, when for a while none of them does. */
async function untilAllEnded(api: string): Promise<Found> {
  let open: readonly string[] = [];
  let openBefore = Infinity;
  const look = async () => {
    const found = await findAll(api);
    const all = Object.values(found).flat();
    open = all.filter((one) => !hasEnded(one)).map(({ id, flowId, state }) => `${flowId} ${id} is ${state.current}`);
    const unwatched = missing(
      found.waits.filter(hasSucceeded).map(({ id }) => id),
      parentsOf(found.watches),
    );
    open = [...open, ...unwatched.map((id) => `the flow trigger has still to fire for ${id}`)];
    // The last ones are watched a moment after they end. What comes meanwhile moves others from one page to the next.
    const isStill = new Set(all.map(({ id }) => id)).size === all.length;
    return isStill && open.length === 0 ? found : undefined;
  };
  for (;;) {
    try {
      return await until("every execution ends", look);
    } catch (error) {
      if (open.length >= openBefore) throw new Error(open.join("\n"), { cause: error });
      openBefore = open.length;
    }
  }
}

async function findAll(api: string): Promise<Found> {
  const lists = await Promise.all(FLOWS.map((flow) => executionsOf(api, NAMESPACE, flow)));
  return Object.fromEntries(FLOWS.map((flow, index) => [flow, lists[index]!])) as Found;
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
